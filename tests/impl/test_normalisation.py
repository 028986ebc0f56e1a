"""The normalisations: values worked by hand, and where careless arithmetic goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad.kernels import SETS, kernel, kernel_set

NORMALISATIONS = ("batch_norm", "layer_norm", "group_norm")


def passes(
    name: str, kind: str, arrays: list[Any], dy: Any, **settings: Any
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Output and gradients as arrays, of either set of kernels."""
    load, chosen = kernel_set(name).load, kernel(name, kind)
    y, cache = chosen.forward(*(load(np.asarray(a)) for a in arrays), **settings)
    return np.asarray(y), [np.asarray(g) for g in chosen.backward(load(np.asarray(dy)), cache)]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    ("kind", "along", "settings"),
    [("batch_norm", 0, {}), ("layer_norm", 1, {}), ("group_norm", 1, {"groups": 1})],
)
def test_two_numbers_are_normalised_as_by_hand(
    name: str, kind: str, along: int, settings: dict[str, Any]
) -> None:
    """The numbers 1 and 3 with ε = 3: the mean is 2, the deviation is √(1 + 3) = 2."""
    row = [[1.0, 3.0]] if along else [[1.0], [3.0]]
    dy = np.reshape([1.0, 0.0], np.shape(row))
    parameter = np.ones(np.shape(row)[1])
    y, (dx, dweight, dbias) = passes(
        name, kind, [row, 2 * parameter, 5 * parameter], dy, epsilon=3.0, **settings
    )
    assert y.ravel().tolist() == [4.0, 6.0]
    assert dx.ravel().tolist() == [0.375, -0.375]
    assert dweight.tolist() == ([-0.5, 0.0] if along else [-0.5])
    assert dbias.tolist() == ([1.0, 0.0] if along else [1.0])


@pytest.mark.parametrize("name", SETS)
def test_root_mean_square_is_divided_by_as_by_hand(name: str) -> None:
    """The numbers 1 and 7 with ε = 0: the mean square is 25; what lies along x has no gradient."""
    y, (dx, dweight) = passes(
        name, "rms_norm", [[[1.0, 7.0]], [1.0, 1.0]], [[-7.0, 1.0]], epsilon=0.0
    )
    np.testing.assert_allclose(y, [[0.2, 1.4]], rtol=1e-15)
    np.testing.assert_allclose(dx, [[-1.4, 0.2]], rtol=1e-15)
    np.testing.assert_allclose(dweight, [-1.4, 1.4], rtol=1e-15)
    _, (along, _) = passes(name, "rms_norm", [[[1.0, 7.0]], [1.0, 1.0]], [[1.0, 7.0]], epsilon=0.0)
    np.testing.assert_allclose(along, 0, atol=1e-15)


@pytest.mark.parametrize("name", SETS)
def test_given_statistics_are_constants(name: str) -> None:
    """μ = 1, σ² = 3 and ε = 1: the slope is w / 2, and samples do not see each other."""
    settings = {"mean": np.ones(1), "variance": np.full(1, 3.0), "epsilon": 1.0}
    y, (dx, dweight, dbias) = passes(
        name,
        "batch_norm_eval",
        [[[5.0], [-3.0]], [3.0], [0.5]],
        [[1.0], [2.0]],
        **{k: kernel_set(name).load(s) if k != "epsilon" else s for k, s in settings.items()},
    )
    assert y.tolist() == [[6.5], [-5.5]]
    assert dx.tolist() == [[1.5], [3.0]]
    assert (dweight.tolist(), dbias.tolist()) == ([-2.0], [3.0])


@pytest.mark.parametrize("name", SETS)
def test_groups_are_those_of_neighbouring_channels(name: str) -> None:
    """One group is layer normalisation over all axes; a group for each channel knows no other."""
    random = np.random.default_rng(0)
    x, dy = random.normal(size=(2, 2, 4, 3))
    one, settings = np.ones(4), {"epsilon": 2**-10}
    arrays = [x, one, 0 * one]
    y, (dx, _, _) = passes(name, "group_norm", arrays, dy, groups=1, **settings)
    layer = [x, np.ones((4, 3)), np.zeros((4, 3))]
    y_layer, (dx_layer, _, _) = passes(name, "layer_norm", layer, dy, **settings)
    np.testing.assert_allclose(y, y_layer, rtol=1e-12)
    np.testing.assert_allclose(dx, dx_layer, rtol=1e-12)
    y, (dx, _, _) = passes(name, "group_norm", arrays, dy, groups=4, **settings)
    layer = [x, np.ones(3), np.zeros(3)]
    y_layer, (dx_layer, _, _) = passes(name, "layer_norm", layer, dy, **settings)
    np.testing.assert_allclose(y, y_layer, rtol=1e-12)
    np.testing.assert_allclose(dx, dx_layer, rtol=1e-12)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_constant_rows_have_finite_gradients(name: str, kind: str) -> None:
    """There x̂ is zero and only the mean is taken away, exactly: also beside a large number."""
    groups = {"groups": 1} if kind == "group_norm" else {}
    x, dy = np.full((2, 2, 2), 1e6 + 0.1), np.array([[[1.0, 3.0], [2.0, 2.0]], [[0.0, 4.0]] * 2])
    y, (dx, dweight, dbias) = passes(
        name, kind, [x, np.ones(2), np.zeros(2)], dy, epsilon=0.25, **groups
    )
    assert not np.any(y)
    axes = {"batch_norm": (0, 2), "layer_norm": 2, "group_norm": (1, 2)}[kind]
    np.testing.assert_array_equal(dx, 2 * (dy - dy.mean(axis=axes, keepdims=True)))
    assert not np.any(dweight)
    np.testing.assert_array_equal(dbias, dy.sum(axis=(0, 1) if kind == "layer_norm" else (0, 2)))


@pytest.mark.parametrize("name", SETS)
def test_batch_of_one_number_a_channel_has_no_gradient_but_of_the_bias(name: str) -> None:
    """Its variance is zero and it equals its mean, whatever the input."""
    y, (dx, dweight, dbias) = passes(
        name, "batch_norm", [[[3.0, -7.0]], [2.0, 4.0], [1.0, 5.0]], [[1.0, 6.0]], epsilon=2**-10
    )
    assert y.tolist() == [[1.0, 5.0]]
    assert dbias.tolist() == [1.0, 6.0]
    assert not np.any(dx)
    assert not np.any(dweight)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_offset_costs_no_digits(kind: str, dtype: str) -> None:
    """Numbers moved by a million, exactly, have the gradients of those that are not."""
    random = np.random.default_rng(0)
    groups = {"groups": 1} if kind == "group_norm" else {}
    x = random.integers(-8, 9, size=(3, 4, 5)).astype(dtype)
    features = 5 if kind == "layer_norm" else 4
    parameters = [random.normal(size=features).astype(dtype) for _ in range(2)]
    dy = random.normal(size=x.shape).astype(dtype)
    near = passes("vectorised", kind, [x, *parameters], dy, epsilon=2**-10, **groups)
    far = passes("vectorised", kind, [x + 2**20, *parameters], dy, epsilon=2**-10, **groups)
    for here, there in zip([near[0], *near[1]], [far[0], *far[1]], strict=True):
        tolerance = 16 * np.finfo(dtype).eps * np.max(np.abs(here))
        np.testing.assert_allclose(there, here, rtol=0, atol=tolerance)


@pytest.mark.parametrize("kind", [*NORMALISATIONS, "rms_norm"])
def test_numbers_of_16_bits_do_not_overflow_on_the_way(kind: str) -> None:
    """Their squares would, and sums of many of them."""
    groups = {"groups": 1} if kind == "group_norm" else {}
    x = np.tile([-4000.0, 4000.0], (2, 2, 20))
    features = 2 if kind in {"batch_norm", "group_norm"} else 40
    parameters = [np.ones(features), np.zeros(features)][: 1 if kind == "rms_norm" else 2]
    arrays = [a.astype(np.float16) for a in (x, *parameters)]
    y, gradients = passes("vectorised", kind, arrays, arrays[0] / 4000, epsilon=1.0, **groups)
    np.testing.assert_allclose(np.abs(y), 1, rtol=1e-6)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


@pytest.mark.parametrize("name", SETS)
def test_groups_of_unequal_sizes_are_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="3 channels cannot be parted into 2 equal groups"):
        passes(
            name, "group_norm", [np.ones((1, 3)), np.ones(3), np.ones(3)], [], groups=2, epsilon=1.0
        )
