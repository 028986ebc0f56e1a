"""Dropout with a given mask, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.kernels import SETS, kernel, kernel_set


@pytest.mark.parametrize("name", SETS)
def test_what_is_kept_grows_and_what_is_dropped_is_zero(name: str) -> None:
    """With probability 3/4 of dropping by 4; a kept zero has a gradient like any kept number."""
    load, dropout = kernel_set(name).load, kernel(name, "dropout")
    mask = load(np.array([[1.0, 0.0, 1.0]]))
    y, cache = dropout.forward(load(np.array([[2.0, 3.0, 0.0]])), mask=mask, probability=0.75)
    (dx,) = dropout.backward(load(np.array([[1.0, 5.0, -2.0]])), cache)
    assert np.asarray(y).tolist() == [[8.0, 0.0, 0.0]]
    assert np.asarray(dx).tolist() == [[4.0, 0.0, -8.0]]
