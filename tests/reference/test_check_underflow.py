"""Functions whose values, or slopes, are near the smallest numbers that float64 holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

X = np.random.default_rng(0).normal(size=6)

SCALES = [
    (1e-140, 1.0),
    (1e-170, 1.0),
    (1e-200, 1.0),
    (1e-300, 1.0),
    (1.0, 1e-300),
    (1e-100, 1e-100),
]


def squares(x: Any, factor: float) -> Any:
    return np.sum(factor * x * x)


def in_floats(x: Any) -> Any:
    """For code that hides its arithmetic."""
    return np.asarray(x, np.float64)


@pytest.mark.parametrize(("size", "factor"), SCALES)
def test_a_wrong_gradient_does_not_vanish_with_its_slopes(size: float, factor: float) -> None:
    """The product of gradient and step may be below the smallest number, and zero then."""
    right = check(lambda x: squares(x, factor), (size * X,), lambda x: 2 * factor * x)
    wrong = check(lambda x: squares(x, factor), (size * X,), lambda x: 3 * factor * x)
    assert right.status != "disagree"
    assert wrong.status != "agree"


def test_a_wrong_gradient_of_tiny_numbers_is_seen_where_arithmetic_shows() -> None:
    """Complex steps hold it though differences of float64 do not, beside larger arrays as well."""
    x, y = 1e-170 * X, X
    wrong = check(
        lambda x, y: squares(x, 1.0) + squares(y, 1.0), (x, y), lambda x, y: (3 * x, 2 * y)
    )
    assert wrong.arrays == {"x": "disagree", "y": "agree"}


@pytest.mark.parametrize(("size", "factor"), SCALES)
def test_nor_where_the_function_hides_its_arithmetic(size: float, factor: float) -> None:
    """Its values lose digits of their own there, which no noise tells."""

    def value(x: Any) -> Any:
        return squares(in_floats(x), factor)

    right = check(value, (size * X,), lambda x: 2 * factor * in_floats(x))
    wrong = check(value, (size * X,), lambda x: 3 * factor * in_floats(x))
    assert right.status != "disagree"
    assert wrong.status != "agree"


def test_subnormal_numbers_that_jax_takes_for_zero_accuse_nobody() -> None:
    """The values are below 1e-308 here, and float64 has some that are smaller."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        x = jax.numpy.array(1e-155 * X)
        assert check(lambda x: jax.numpy.sum(x * x), (x,)).status == "inconclusive"
