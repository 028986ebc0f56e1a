"""One array beside one oracle, element by element and along directions, all made up."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import ctx

from clinometer.agreement import (
    CONCLUSIVE,
    CONCLUSIVE_ZERO,
    HIDDEN,
    ON_KINK,
    UNANSWERED,
    against_oracle,
)
from clinometer.balls import BallArray
from clinometer.comparison import Comparison
from clinometer.directions import Directions, smallest_seen
from clinometer.estimate import Estimate
from clinometer.formula import WIDE, Formula
from clinometer.rounding import norm, unit_roundoff

MISS = 1e-6
RIGHT = np.arange(1.0, 9.0)
#: The elements of the argument have two scales, 128 and 32.
DIRECTIONS = Directions("x", np.array([100.0, *[1.0] * 7]), 2)
SLOPES = np.array([np.sum(RIGHT * direction) for direction in DIRECTIONS])


def compared(
    gradient: Any = RIGHT,
    slopes: Any = SLOPES,
    uncertainty: Any = 1e-9,
    own: Any = 0.0,
    kinks: Any = (False, False),
    size: float = 1.0,
) -> Comparison:
    """What is said of the gradient beside slopes along two directions."""
    estimate = Estimate(
        "oracle",
        {"x": np.asarray(slopes)},
        {"x": np.broadcast_to(uncertainty, (2,))},
        evaluations=4,
        kinks={"x": np.array(kinks)},
        directions={"x": DIRECTIONS},
        miss=MISS,
    )
    own = np.broadcast_to(own, RIGHT.shape)
    return against_oracle("x", Formula({"x": gradient}, {"x": own}), estimate, size)


def off(*errors: float) -> Any:
    """The slopes, each with an error."""
    return SLOPES + np.array(errors)


def test_one_wrong_slope_is_enough_and_is_named() -> None:
    """With its number, both values, and how far apart they may be."""
    found = compared(slopes=off(0, 1e-3), own=1e-12)
    assert (found.status, found.index, found.along) == ("disagree", (1,), True)
    assert found.on_trial == pytest.approx(SLOPES[1], rel=1e-15)
    assert (found.reference, found.error) == (SLOPES[1] + 1e-3, pytest.approx(1e-3))
    spread = np.sum(1e-12 * np.abs(DIRECTIONS[1]))
    assert found.uncertainty == pytest.approx(1e-9 + spread, rel=1e-2)


def test_the_worst_of_several_slopes_is_named() -> None:
    """In units of the uncertainty; those along which the function is smooth come first."""
    assert compared(slopes=off(1e-3, 1e-2), uncertainty=(1e-9, 1e-7)).index == (0,)
    found = compared(slopes=off(1e-2, 1e-3), kinks=(True, False))
    assert (found.index, found.on_kink, found.kinks) == ((1,), False, 1)
    found = compared(slopes=off(1e-2, 0), kinks=(True, False))
    assert (found.status, found.index, found.on_kink) == ("disagree", (0,), True)


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_slope_without_an_answer_leaves_the_array_open(nothing: float) -> None:
    """The other may still accuse."""
    for unanswered in (
        compared(slopes=off(nothing, 0)),
        compared(slopes=off(0, nothing)),
        compared(uncertainty=(nothing, 1e-9)),
        compared(uncertainty=(1e-9, nothing)),
    ):
        assert (unanswered.status, unanswered.reason) == ("inconclusive", UNANSWERED)
    assert compared(slopes=off(nothing, 1e-3)).status == "disagree"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_disagrees(bad: float) -> None:
    """Whatever it hides."""
    gradient = RIGHT.copy()
    gradient[3] = bad
    with np.errstate(invalid="ignore"):
        assert compared(gradient).status == "disagree"


def test_kinks_along_every_direction_leave_the_array_open() -> None:
    """There is no slope that the gradient had to have."""
    found = compared(kinks=(True, True))
    assert (found.status, found.reason, found.kinks) == ("inconclusive", ON_KINK, 2)


def test_an_agreement_states_what_it_would_have_missed_and_does_not_miss_much() -> None:
    """An error of a hundredth of the gradient, each element counting by its scale."""
    size = norm(RIGHT * DIRECTIONS.scale)
    limit = CONCLUSIVE * size / smallest_seen(2, MISS)
    found = compared(uncertainty=0.99 * limit)
    assert (found.status, found.miss) == ("agree", MISS)
    assert found.resolution == pytest.approx(0.99 * CONCLUSIVE)
    found = compared(uncertainty=1.01 * limit)
    assert (found.status, found.reason) == ("inconclusive", HIDDEN)
    assert compared(uncertainty=(0.1 * limit, 9.9 * limit)).status == "inconclusive"


def test_what_a_direction_on_a_kink_would_have_missed_does_not_count() -> None:
    """The other has to see by itself what it is to see."""
    limit = CONCLUSIVE * norm(RIGHT * DIRECTIONS.scale) / smallest_seen(1, MISS)
    for part, status in ((0.99, "agree"), (1.01, "inconclusive")):
        assert compared(uncertainty=(part * limit, 1.0), kinks=(False, True)).status == status


@pytest.mark.parametrize("noise", [0.0, 1e-20])
def test_a_gradient_of_nothing_but_noise_is_judged_by_the_problem_s_scale(noise: float) -> None:
    """As one of zeros is; what it would have missed is then no part of it."""
    none = np.full(8, noise)
    size = 1e3
    limit = CONCLUSIVE_ZERO * size * norm(DIRECTIONS.scale) / smallest_seen(2, MISS)
    for uncertainty, status in ((0.99 * limit, "agree"), (1.01 * limit, "inconclusive")):
        found = compared(none, np.zeros(2), uncertainty, own=noise, size=size)
        assert found.status == status
        assert found.resolution > 1e10


def test_a_slope_as_far_off_as_its_uncertainty_agrees() -> None:
    """And not a bit further."""
    zeros = np.zeros(8)
    for uncertainty, status in ((1e-6, "agree"), (np.nextafter(1e-6, 0), "disagree")):
        found = compared(zeros, np.array([1e-6, 0]), uncertainty, size=1e6)
        assert found.status == status


def test_the_rounding_of_a_sum_of_many_is_not_held_against_the_gradient() -> None:
    """A slope in float64 beside the exact one."""
    random = np.random.default_rng(0)
    array, gradient = random.normal(size=(2, 10_001))
    directions = Directions("x", array)
    slope = math.fsum(gradient * directions[0])
    assert np.sum(gradient * directions[0]) != slope
    bounds = np.zeros(1), np.zeros(gradient.shape)
    exact = Estimate("oracle", {"x": np.array([slope])}, {"x": bounds[0]}, 4,
                     directions={"x": directions}, miss=MISS)  # fmt: skip
    assert against_oracle("x", Formula({"x": gradient}, {"x": bounds[1]}), exact, 1.0).status == (
        "agree"
    )


def test_a_slope_in_wide_numbers_is_held_to_their_rounding() -> None:
    """Not to that of float64."""
    directions = Directions("x", DIRECTIONS.array)
    parts = RIGHT.astype(WIDE) * directions[0]
    slope = np.sum(parts) + 100 * unit_roundoff(WIDE) * np.sum(np.abs(parts))
    formula = Formula({"x": RIGHT.astype(WIDE)}, {"x": np.zeros(8)})
    estimate = Estimate("oracle", {"x": np.array([slope])}, {"x": np.zeros(1)}, 4,
                        directions={"x": directions}, miss=MISS)  # fmt: skip
    assert against_oracle("x", formula, estimate, 1.0).status == "disagree"


def test_what_a_ball_leaves_open_is_not_held_against_the_gradient() -> None:
    """Of 64 bits, beside a slope of 320."""
    directions = Directions("x", DIRECTIONS.array)
    with ctx.workprec(320):
        slope = (BallArray.carry(RIGHT) * BallArray.carry(directions[0])).sum()
    with ctx.workprec(64):
        rough = BallArray.carry(RIGHT) / 3 * 3
    formula = Formula({"x": RIGHT}, {"x": np.zeros(8)}, balls={"x": rough})
    estimate = Estimate("oracle", {"x": SLOPES[:1]}, {"x": np.zeros(1)}, 4,
                        directions={"x": directions}, miss=MISS, balls={"x": slope})  # fmt: skip
    found = against_oracle("x", formula, estimate, 1.0)
    assert 0 < found.error <= found.uncertainty < 1e-15
    assert found.status == "agree"


def test_digits_that_no_float_holds_count_where_both_sides_have_them() -> None:
    """A slope of some thousands that is off by 10⁻⁴⁰."""
    with ctx.workprec(320):
        exact = BallArray.carry(RIGHT)
        slope = (exact * BallArray.carry(DIRECTIONS[0])).sum()
        error = BallArray.carry(1e-40)
        for wrong, status in ((0 * error, "agree"), (error, "disagree")):
            zeros = np.zeros(RIGHT.shape)
            formula = Formula({"x": RIGHT}, {"x": zeros}, balls={"x": exact})
            estimate = Estimate("oracle", {"x": SLOPES[:1]}, {"x": np.array([1e-50])}, 4,
                                directions={"x": Directions("x", DIRECTIONS.array)}, miss=MISS,
                                balls={"x": slope + wrong})  # fmt: skip
            found = against_oracle("x", formula, estimate, 1.0)
            assert (found.status, found.on_trial) == (status, pytest.approx(SLOPES[0], rel=1e-15))
        assert found.error == pytest.approx(1e-40)


def by_element(
    gradient: Any = RIGHT,
    reference: Any = RIGHT,
    uncertainty: float = 1e-9,
    own: Any = 0.0,
    kinks: Any = (False,) * 8,
    size: float = 1.0,
    name: str = "x",
) -> Comparison:
    """What is said of the gradient beside another, element by element."""
    bounds, own = np.full(8, uncertainty), np.broadcast_to(own, (8,))
    estimate = Estimate("oracle", {name: reference}, {name: bounds}, 8, {name: np.array(kinks)})
    return against_oracle(name, Formula({name: gradient}, {name: own}), estimate, size)


def test_an_uncertainty_of_a_hundredth_of_the_gradient_is_the_largest_that_judges() -> None:
    """Of a gradient of zeros, a millionth of the largest in the problem."""
    for gradient, size, limit in ((RIGHT, 0.0, 8 * CONCLUSIVE), (0 * RIGHT, 3.0, 3e-6)):
        assert by_element(gradient, gradient, limit, size=size).status == "agree"
        found = by_element(gradient, gradient, 1.01 * limit, size=size)
        assert (found.status, found.reason) == ("inconclusive", HIDDEN)


def test_what_may_be_nothing_but_noise_counts_as_zero() -> None:
    """Up to the very size of the noise."""
    assert by_element(own=RIGHT, size=1e9).status == "agree"
    assert by_element(own=RIGHT, size=1.0).status == "inconclusive"


def test_a_value_is_judged_however_uncertain() -> None:
    """It is no gradient that could be told from zero."""
    assert by_element(uncertainty=100.0, name="value").status == "agree"


def test_kinks_in_every_element_leave_the_array_open() -> None:
    """Unless an answer is missing, which says more."""
    found = by_element(kinks=(True,) * 8)
    assert (found.status, found.reason, found.kinks) == ("inconclusive", ON_KINK, 8)
    found = by_element(reference=np.full(8, np.nan), kinks=(True,) * 8)
    assert (found.status, found.reason) == ("inconclusive", UNANSWERED)


@pytest.mark.parametrize("right", [RIGHT, 0 * RIGHT])
def test_where_double_precision_is_the_excuse_the_elements_are_looked_at(right: Any) -> None:
    """A slope hides an error in a tiny element that no excuse covers; without one it stands."""
    slopes = np.array([np.sum(right * direction) for direction in DIRECTIONS])
    small = np.array([*[0.0] * 7, 1e-12])

    def found(gradient: Any) -> Comparison:
        formula = Formula({"x": gradient}, {"x": np.zeros(8)})
        excused = replace(formula, own={"x": np.array([*[1e-9] * 7, 1e-15])})
        closer = Estimate("oracle", {"x": right}, {"x": np.full(8, 1e-18)}, 16)
        estimate = Estimate("oracle", {"x": slopes + 1e-8}, {"x": np.full(2, 1e-10)}, 4,
                            directions={"x": DIRECTIONS}, miss=MISS,
                            closer=lambda name: closer)  # fmt: skip
        return against_oracle("x", replace(formula, excused=lambda: excused), estimate, 1e9)

    assert (found(right).status, found(right).along) == ("agree", True)
    wrong = found(right + small)
    assert (wrong.status, wrong.along, wrong.index) == ("disagree", False, (7,))
