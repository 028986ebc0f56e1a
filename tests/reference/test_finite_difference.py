"""The ladder of differences: its steps, its dtype, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clinometer.formula import WIDE
from clinometer.oracles import finite_difference
from clinometer.problem import Problem


def problem_of(function: Callable[[Any], Any], *point: float) -> Problem:
    """A function of one array `x`."""
    return Problem(lambda arguments: function(arguments["x"]), {}, {"x": np.array(point)})


@pytest.mark.parametrize("at", [1e-9, 1e-3, 1e3, 1e9])
def test_steps_go_with_the_size_of_each_number(at: float) -> None:
    """A fixed one would be too long or too short."""
    estimate = finite_difference.estimate(problem_of(lambda x: np.sum(x**3), at))
    error = np.abs(estimate.gradients["x"] - 3 * WIDE(at) ** 2)
    assert error <= estimate.uncertainties["x"] < 1e-10 * at**2


def in_float64(x: Any) -> Any:
    """Computes in float64 whatever it is given."""
    return np.sum(np.exp(x.astype(np.float64) / 3))


def float64_alone(x: Any) -> Any:
    """Takes nothing wider than float64."""
    if x.dtype.itemsize > 8:
        raise TypeError("what is that?")
    return np.sum(np.exp(x / 3))


@pytest.mark.parametrize("function", [in_float64, float64_alone])
def test_what_computes_in_float64_is_differenced_in_it(function: Any) -> None:
    """With its rounding, which is larger."""
    for at in np.linspace(0.1, 2.0, 20):
        estimate = finite_difference.estimate(problem_of(function, at))
        error = np.abs(estimate.gradients["x"] - np.exp(WIDE(at) / 3) / 3)
        assert error <= estimate.uncertainties["x"] < 1e-8


@pytest.mark.parametrize(
    ("function", "count"),
    [
        (lambda x: np.sum(x * x), 2 * 5 * 3),
        (lambda x: np.sum(x * x + 1e-3 * np.abs(x - 2)), 2 * (5 + 10 + 5)),
    ],
)
def test_what_is_smooth_takes_half_the_steps(function: Any, count: int) -> None:
    """An element on a kink takes all; measuring the noise, and the dtype, comes on top."""
    calls = []

    def counted(x: Any) -> Any:
        calls.append(1)
        return function(x)

    estimate = finite_difference.estimate(problem_of(counted, 1.0, 2.0, 3.0))
    assert estimate.oracle == "finite_difference"
    assert estimate.evaluations == 1 + count
    assert estimate.evaluations < len(calls) <= estimate.evaluations + 12


@pytest.mark.parametrize("bend", [0.0, 1.0])
def test_on_a_kink_the_slopes_of_both_sides_are_all_that_is_taken_in(bend: float) -> None:
    """From -1 to 3, and hardly more."""
    estimate = finite_difference.estimate(
        problem_of(lambda x: np.sum(2 * np.abs(x - 1) + x + bend * x * (x - 1)), 1.0, 3.0)
    )
    right = np.array([1 + bend, 3 + 5 * bend])
    np.testing.assert_array_equal(estimate.kinks["x"], [True, False])
    np.testing.assert_allclose(estimate.gradients["x"].astype(float), right, rtol=1e-12)
    assert 2 <= estimate.uncertainties["x"][0] < 2 + 1e-9
    assert estimate.uncertainties["x"][1] < 1e-9
