"""Poolings worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad.kernels import SETS, kernel, kernel_set


def run(name: str, kind: str, x: Any, dy: Any, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
    """The output, and the gradient for a cotangent."""
    load, chosen = kernel_set(name).load, kernel(name, kind)
    y, cache = chosen.forward(load(np.array(x, dtype=float)), **settings)
    (dx,) = chosen.backward(load(np.array(dy, dtype=float)), cache)
    return np.asarray(y, dtype=float), np.asarray(dx, dtype=float)


@pytest.mark.parametrize("name", SETS)
def test_element_that_several_windows_choose_receives_them_all(name: str) -> None:
    """The 5 is the maximum of both windows."""
    settings = {"kernel": 2, "stride": 1, "padding": (0, 0), "dilation": 1}
    y, dx = run(name, "max_pool1d", [[[1, 5, 2]]], [[[1, 10]]], **settings)
    np.testing.assert_array_equal(y, [[[5, 5]]])
    np.testing.assert_array_equal(dx, [[[0, 11, 0]]])


@pytest.mark.parametrize("name", SETS)
def test_padding_is_no_maximum_though_all_else_is_below_zero(name: str) -> None:
    """Windows over (_, -1), (-1, -2) and (-2, _)."""
    settings = {"kernel": 2, "stride": 1, "padding": (1, 1), "dilation": 1}
    y, dx = run(name, "max_pool1d", [[[-1, -2]]], [[[1, 10, 100]]], **settings)
    np.testing.assert_array_equal(y, [[[-1, -1, -2]]])
    np.testing.assert_array_equal(dx, [[[11, 100]]])


@pytest.mark.parametrize("name", SETS)
def test_first_of_equal_maxima_in_row_major_order_is_chosen(name: str) -> None:
    """Above the other one rather than to its left."""
    x = [[[[0, 0, 3], [0, 3, 0]]]]
    settings = {"kernel": (2, 3), "stride": (1, 1), "padding": (0, 0, 0, 0), "dilation": (1, 1)}
    y, dx = run(name, "max_pool2d", x, [[[[1]]]], **settings)
    np.testing.assert_array_equal(y, [[[[3]]]])
    np.testing.assert_array_equal(dx, [[[[0, 0, 1], [0, 0, 0]]]])
    y, dx = run(name, "global_max_pool", x, [[1]])
    np.testing.assert_array_equal(y, [[3]])
    np.testing.assert_array_equal(dx, [[[[0, 0, 1], [0, 0, 0]]]])


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    ("count_padding", "y", "dx"), [(True, [3, 9], [3, 0, 30]), (False, [6, 9], [6, 0, 30])]
)
def test_padding_counts_in_a_mean_or_does_not(
    name: str, count_padding: bool, y: list[float], dx: list[float]
) -> None:
    """Windows over (_, 6) and (3, 15); the 3 is worth as much as the 15."""
    settings = {"kernel": 2, "stride": 2, "padding": (1, 0), "count_padding": count_padding}
    mean, gradient = run(name, "average_pool1d", [[[6, 3, 15]]], [[[6, 60]]], **settings)
    np.testing.assert_array_equal(mean, [[y]])
    np.testing.assert_array_equal(gradient, [[[dx[0], 30, dx[2]]]])


@pytest.mark.parametrize("name", SETS)
def test_means_of_images_are_those_of_their_windows(name: str) -> None:
    """At a corner, one element of the four counts; with padding counted, all four do."""
    settings = {"kernel": (2, 2), "stride": (2, 2), "padding": (1, 0, 1, 0)}
    x, dy = [[[[8]]]], [[[[4]]]]
    for count_padding, part in ((True, 0.25), (False, 1.0)):
        y, dx = run(name, "average_pool2d", x, dy, count_padding=count_padding, **settings)
        assert (y[0, 0, 0, 0], dx[0, 0, 0, 0]) == (8 * part, 4 * part)


@pytest.mark.parametrize("name", SETS)
def test_global_mean_is_over_all_places(name: str) -> None:
    y, dx = run(name, "global_average_pool", [[[[1, 2], [3, 6]]]], [[8]])
    np.testing.assert_array_equal(y, [[3]])
    np.testing.assert_array_equal(dx, [[[[2, 2], [2, 2]]]])


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    ("kind", "setting"),
    [("max_pool1d", {"dilation": 3}), ("average_pool1d", {"count_padding": True})],
)
def test_windows_that_see_only_padding_are_refused(
    name: str, kind: str, setting: dict[str, Any]
) -> None:
    """They have neither a maximum nor a mean."""
    with pytest.raises(ValueError, match="there is a window that sees nothing but padding"):
        run(name, kind, [[[1, 2]]], [[[1]]], kernel=2, stride=1, padding=(2, 2), **setting)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_sums_do_not_overflow_16_bits(dtype: str) -> None:
    """The mean of numbers near the largest is one of them."""
    x = np.full((1, 1, 3, 4), 2.0**15, dtype=dtype)
    y, _ = kernel("vectorised", "global_average_pool").forward(x)
    np.testing.assert_array_equal(y, 2.0**15)
