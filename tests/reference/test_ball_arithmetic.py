"""Differences on balls: digits, kinks, branches that take more bits, refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import ctx

from clinometer.balls import BallArray, magnitudes
from clinometer.directions import Directions
from clinometer.estimate import Estimate, Refused
from clinometer.oracles import ball_arithmetic
from clinometer.problem import Problem


def estimated(function: Callable[[Any], Any], *point: float) -> Estimate:
    """Of a function of one array."""
    return ball_arithmetic.estimate(problem_of(function, *point))


def problem_of(function: Callable[[Any], Any], *point: float) -> Problem:
    """A function of one array `x`."""
    return Problem(lambda arguments: function(arguments["x"]), {}, {"x": np.array(point)})


def along(*point: float) -> Any:
    """The direction that is probed at a point."""
    return Directions("x", np.array(point))[0]


def test_a_slope_has_more_digits_than_any_float() -> None:
    """And its uncertainty says how many."""
    found = estimated(lambda x: np.sum(np.exp(x)), 0.5)
    with ctx.workprec(640):
        right = (np.exp(BallArray.carry(np.array([0.5]))) * along(0.5)).sum()
        error = float(magnitudes(found.balls["x"] - right))
    assert 0 < error <= found.uncertainties["x"][0] < 1e-45
    assert found.gradients["x"] == pytest.approx(np.exp(0.5) * along(0.5), rel=1e-15)
    assert (found.oracle, found.exact, found.miss) == ("ball_arithmetic", True, 1e-6)


@pytest.mark.parametrize("function", [np.exp, np.square, lambda x: 3 * x, lambda x: 0 * x])
@pytest.mark.parametrize("at", [0.1, -3.0, 0.0])
def test_no_smooth_function_has_a_kink(function: Any, at: float) -> None:
    """Whether it bends or not."""
    found = estimated(lambda x: np.sum(function(x)), at)
    assert not found.kinks["x"].any()
    assert found.uncertainties["x"] < 1e-40


@pytest.mark.parametrize("bend", [0.0, 1.0, -1e6])
def test_a_kink_takes_in_the_slopes_on_both_sides(bend: float) -> None:
    """From 2 to 4, whatever bends besides; more bits would tell nothing more."""
    found = estimated(lambda x: np.sum(np.abs(x) + 3 * x + bend * x * x), 0.0)
    (direction,) = along(0.0)
    assert found.kinks["x"].all()
    assert found.gradients["x"] / direction == pytest.approx(3)
    assert found.uncertainties["x"] / abs(direction) == pytest.approx(1, rel=1e-15)
    assert found.uncertainties["x"] >= abs(direction)
    assert found.evaluations == 5
    beside = estimated(lambda x: np.sum(np.abs(x) + 3 * x + bend * x * x), 1e-15)
    assert not beside.kinks["x"].any()


def decided_by(bits: int) -> Callable[[Any], Any]:
    """x², but for a question that takes so many bits."""
    return lambda x: np.sum(x * x if (x / 3 * 3 - x + 2.0**-bits)[0] > 0 else x)


def test_a_branch_that_few_bits_leave_open_is_taken_with_more() -> None:
    """Only evaluations that came to an end are counted."""
    for bits in (400, 1070):
        found = estimated(decided_by(bits), 0.5)
        assert found.gradients["x"] == pytest.approx(along(0.5), rel=1e-15)
        assert found.evaluations == 5


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: np.sum(x if (x / 3 * 3 - x)[0] > 0 else -x), "a comparison stays undecided"),
        (lambda x: x.nothing, "the function does not run on balls: .*nothing"),
        (lambda x: 1.5, "the function turned balls into float"),
    ],
)
def test_what_does_not_run_on_balls_is_refused(function: Any, reason: str) -> None:
    """With what stands against it."""
    with pytest.raises(Refused, match=reason):
        estimated(function, 0.5)


@pytest.mark.parametrize(("small", "again"), [(1.0, 0), (2.0**-300, 5), (2.0**-900, 5)])
def test_only_slopes_that_are_not_known_yet_take_more_bits(small: float, again: int) -> None:
    """And none that is nothing beside the others takes the most."""
    calls = []

    def function(arguments: Any) -> Any:
        calls.append(1)
        return arguments["a"] + arguments["b"] * small

    point = {"a": np.array(1.0), "b": np.array(3.0)}
    found = ball_arithmetic.estimate(Problem(function, {}, point))
    assert found.evaluations == len(calls) == 9 + again


def test_a_closer_look_tells_element_from_element() -> None:
    """Each with its uncertainty, and its own kink if it is on one."""
    found = estimated(lambda x: np.sum(np.abs(x) + np.exp(x)), 9.0, 0.5, 0.0, -2.0)
    assert found.closer is not None
    closer = found.closer("x")
    right = np.array([1, 1, 0, -1]) + np.exp([9.0, 0.5, 0.0, -2.0])
    assert (closer.oracle, closer.exact, closer.evaluations) == ("ball_arithmetic", True, 17)
    np.testing.assert_allclose(closer.gradients["x"].astype(float), right, rtol=1e-14)
    np.testing.assert_array_equal(closer.kinks["x"], [False, False, True, False])
    bounds = closer.uncertainties["x"]
    assert bounds[2] == pytest.approx(1)
    assert np.all(bounds[[0, 1, 3]] < 1e-30 * np.abs(right[[0, 1, 3]]))
    assert closer is found.closer("x")  # it is dear


def test_a_closer_look_at_a_matrix_is_one() -> None:
    """In its shape."""
    problem = problem_of(lambda x: np.sum(x**3))
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    found = ball_arithmetic.estimate(replace(problem, arguments={"x": matrix}))
    assert found.closer is not None
    closer = found.closer("x")
    np.testing.assert_allclose(closer.gradients["x"].astype(float), 3 * matrix**2, rtol=1e-15)
    assert closer.uncertainties["x"].shape == closer.kinks["x"].shape == matrix.shape


def test_large_problems_are_looked_at_along_a_direction_alone() -> None:
    """Of up to a thousand elements each can be moved by itself."""
    for count, near in ((1000, True), (1001, False)):
        found = estimated(lambda x: np.sum(x * x), *np.ones(count))
        assert (found.closer is not None) == near
        assert found.evaluations == 5
