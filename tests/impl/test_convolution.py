"""Convolutions and their transposes worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad.kernels import SETS, kernel, kernel_set
from handgrad.vectorised import _small, _windows


def run(name: str, kind: str, arrays: list[Any], dy: Any, **settings: Any) -> list[np.ndarray]:
    """The output, and the gradients for a cotangent."""
    load, chosen = kernel_set(name).load, kernel(name, kind)
    y, cache = chosen.forward(*(load(np.array(a, dtype=float)) for a in arrays), **settings)
    gradients = chosen.backward(load(np.array(dy, dtype=float)), cache)
    return [np.asarray(result, dtype=float) for result in (y, *gradients)]


def check(results: list[np.ndarray], expected: list[Any]) -> None:
    for result, numbers in zip(results, expected, strict=True):
        np.testing.assert_array_equal(result, numbers)


@pytest.mark.parametrize("name", SETS)
def test_convolution_is_cross_correlation(name: str) -> None:
    """The kernel is not turned round: y = (1·3 + 2·5, 2·3 + 4·5) + 1."""
    results = run(
        name,
        "convolution1d",
        [[[[1, 2, 4]]], [[[3, 5]]], [1]],
        [[[1, 10]]],
        stride=1,
        padding=(0, 0),
        dilation=1,
        groups=1,
    )
    check(results, [[[[14, 27]]], [[[3, 35, 50]]], [[[21, 42]]], [11]])


@pytest.mark.parametrize("name", SETS)
def test_windows_stride_and_dilate_over_padding_of_unequal_ends(name: str) -> None:
    """With its zeros the axis is (0, 1, 2, 4, 0, 0), and the windows see (0, 2) and (2, 0)."""
    results = run(
        name,
        "convolution1d",
        [[[[1, 2, 4]]], [[[3, 5]]], [0]],
        [[[1, 10]]],
        stride=2,
        padding=(1, 2),
        dilation=2,
        groups=1,
    )
    check(results, [[[[10, 6]]], [[[0, 35, 0]]], [[[20, 2]]], [11]])


@pytest.mark.parametrize("name", SETS)
def test_each_group_sees_its_own_channels(name: str) -> None:
    """Two groups of one input and two outputs each."""
    results = run(
        name,
        "convolution1d",
        [[[[1], [10]]], [[[2]], [[3]], [[5]], [[7]]], [0, 0, 0, 0]],
        [[[1], [1], [0], [1]]],
        stride=1,
        padding=(0, 0),
        dilation=1,
        groups=2,
    )
    check(
        results,
        [[[[2], [3], [50], [70]]], [[[5], [7]]], [[[1]], [[1]], [[0]], [[10]]], [1, 1, 0, 1]],
    )


@pytest.mark.parametrize("name", SETS)
def test_images_tell_rows_from_columns(name: str) -> None:
    """A kernel of one row, over an image padded on top and on the right."""
    results = run(
        name,
        "convolution2d",
        [[[[[1, 2], [3, 4]]]], [[[[10, 1]]]], [0]],
        [[[[0, 0], [1, 0], [0, 2]]]],
        stride=(1, 1),
        padding=(1, 0, 0, 1),
        dilation=(1, 1),
        groups=1,
    )
    y = [[[[0, 0], [12, 20], [34, 40]]]]
    check(results, [y, [[[[10, 1], [0, 20]]]], [[[[9, 2]]]], [3]])


@pytest.mark.parametrize("name", SETS)
def test_transposed_windows_add_up_where_they_overlap(name: str) -> None:
    """1·(3, 5, 7) at 0 and 10·(3, 5, 7) at 2 give (3, 5, 37, 50, 70)."""
    settings = {"stride": 2, "dilation": 1, "groups": 1}
    arrays = [[[[1, 10]]], [[[3, 5, 7]]], [100]]
    whole = run(
        name,
        "transposed_convolution1d",
        arrays,
        [[[1, 0, 1, 0, 0]]],
        padding=0,
        output_padding=0,
        **settings,
    )
    check(whole, [[[[103, 105, 137, 150, 170]]], [[[10, 3]]], [[[11, 0, 1]]], [2]])
    cut = run(
        name,
        "transposed_convolution1d",
        arrays,
        [[[0, 1, 0, 1]]],
        padding=1,
        output_padding=1,
        **settings,
    )
    check(cut, [[[[105, 137, 150, 170]]], [[[7, 10]]], [[[10, 0, 11]]], [2]])


@pytest.mark.parametrize("name", SETS)
def test_what_does_not_fit_is_refused(name: str) -> None:
    """A window larger than what it slides over, padding that leaves nothing, wrong groups."""
    load = kernel_set(name).load
    x, weight, bias = load(np.ones((1, 2, 3))), load(np.ones((2, 2, 5))), load(np.ones(2))
    with pytest.raises(ValueError, match="a window over 5 elements does not fit on an axis of 3"):
        kernel(name, "convolution1d").forward(
            x, weight, bias, stride=1, padding=(1, 0), dilation=1, groups=1
        )
    with pytest.raises(ValueError, match="padding 4 leaves nothing of the output"):
        kernel(name, "transposed_convolution1d").forward(
            x, weight, bias, stride=1, padding=4, output_padding=0, dilation=1, groups=1
        )
    with pytest.raises(ValueError):  # noqa: PT011 # NumPy's words in one set, ours in the other
        kernel(name, "convolution1d").forward(
            x, weight, bias, stride=1, padding=(1, 1), dilation=1, groups=2
        )


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_images_in_blocks_are_convolved_as_whole_ones(
    stride: int, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of windows at a time, in small products; the loops know nothing of either."""
    monkeypatch.setattr(_windows, "BLOCK", 1)
    monkeypatch.setattr(_small, "SMALL", 20)
    monkeypatch.setattr(_small, "LEAST", 1)
    random, settings = np.random.default_rng(0), {"dilation": (2, 1), "groups": groups}
    settings |= {"stride": (stride, 1), "padding": (2, 1, 0, 1)}
    arrays = [random.normal(size=s) for s in ((3, 4, 6, 5), (4, 4 // groups, 2, 3), (4,))]
    dy = random.normal(size=(3, 4, 7 if stride == 1 else 4, 4))
    vectorised, looped = (run(s, "convolution2d", arrays, dy, **settings) for s in SETS)
    for one, other in zip(vectorised, looped, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
