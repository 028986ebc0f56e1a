"""The layers that change shapes alone, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.kernels import SETS, kernel, kernel_set


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    ("kind", "settings", "shape"),
    [("flatten", {}, (2, 6)), ("reshape", {"shape": (3, 2)}, (2, 3, 2))],
)
def test_numbers_keep_their_order(
    name: str, kind: str, settings: dict[str, tuple[int, ...]], shape: tuple[int, ...]
) -> None:
    """The last index runs fastest, forwards and backwards."""
    load, chosen = kernel_set(name).load, kernel(name, kind)
    numbers = np.arange(12.0)
    y, cache = chosen.forward(load(numbers.reshape(2, 2, 3)), **settings)
    np.testing.assert_array_equal(np.asarray(y), numbers.reshape(shape))
    (dx,) = chosen.backward(load(numbers.reshape(shape)), cache)
    np.testing.assert_array_equal(np.asarray(dx), numbers.reshape(2, 2, 3))


@pytest.mark.parametrize("name", SETS)
def test_shapes_of_another_size_are_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"6 numbers of a sample do not fill the shape \(4,\)"):
        kernel(name, "reshape").forward(kernel_set(name).load(np.ones((2, 2, 3))), shape=(4,))
