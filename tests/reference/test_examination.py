"""Points beside the point: kinks, confirmation, refusals, functions that fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import LeakyReLU, ReLU
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import Outputs
from clinometer.comparison import Comparison
from clinometer.dtypes import DTYPES
from clinometer.estimate import ANY_SIZE, Estimate, Refused
from clinometer.examination import ROUNDING, Examination
from clinometer.oracles import ball_arithmetic, complex_step, finite_difference
from clinometer.problem import Problem, scale
from clinometer.registry import choose_oracles
from clinometer.subjects import hand_written

BOTH = {"complex_step": complex_step, "finite_difference": finite_difference}


def examined(
    function: Callable[[Any], Any],
    gradient: Callable[[Any], Any],
    at: list[float],
    oracles: dict[str, Any] | None = None,
) -> Examination:
    """A function of `x` and its gradient before oracles."""
    return Examination(
        Problem(
            lambda a: np.sum(function(a["x"])),
            {"mine": lambda a: (np.sum(function(a["x"])), {"x": gradient(a["x"])})},
            {"x": np.array(at)},
        ),
        BOTH if oracles is None else oracles,
    )


def by(examination: Examination, witness: str) -> Comparison:
    """What one witness says of the gradient at the point alone."""
    comparisons = examination.at_the_point("mine").comparisons
    return next(c for c in comparisons if (c.array, c.witness) == ("x", witness))


def test_smooth_points_are_visited_once() -> None:
    """Nothing is in doubt, so no point beside is looked at."""
    examination = examined(np.exp, np.exp, [0.5, -1.0])
    assert examination.verdict("mine").status == "agree"
    assert "_visited" not in vars(examination)


def test_a_clear_disagreement_stands_at_once() -> None:
    """Two natures of oracles see it on smooth ground."""
    examination = examined(np.exp, lambda x: 1.01 * np.exp(x), [0.5, -1.0])
    assert examination.verdict("mine").status == "disagree"
    assert "_visited" not in vars(examination)


def test_a_disagreement_with_one_oracle_alone_is_confirmed_beside() -> None:
    """By the same oracle at two points nearby."""
    examination = examined(
        np.exp, lambda x: 1.01 * np.exp(x), [0.5], {"finite_difference": finite_difference}
    )
    assert examination.verdict("mine").status == "disagree"
    assert list(vars(examination)["_visited"]) == [frozenset({"finite_difference"})]


def by_parts(left: float, at_zero: float) -> Callable[[Any], Any]:
    """The gradient of a function of slope `left` below zero and 1 above it."""
    return lambda x: np.where(x == 0, at_zero, np.where(x > 0, 1.0, left)).astype(x.dtype)


KINKED = {
    "relu": (lambda x: np.maximum(x, 0), 0.0),
    "leaky relu": (lambda x: np.where(x > 0, x, 0.1 * x), 0.1),
    "absolute": (np.abs, -1.0),
}


@pytest.mark.parametrize("kind", KINKED)
@pytest.mark.parametrize("oracle", ["ball_arithmetic", "finite_difference"])
def test_on_a_kink_all_between_the_slopes_is_accepted_and_nothing_else(
    oracle: str, kind: str
) -> None:
    """Conventions at the kink, its two slopes and what lies between, are each as good."""
    function, left = KINKED[kind]
    for part, right in ((0.0, True), (0.5, True), (1.0, True), (-0.2, False), (1.2, False)):
        gradient = by_parts(left, left + part * (1 - left))
        examination = examined(function, gradient, [0.0, 1.5], choose_oracles([oracle]))
        found = by(examination, oracle)
        assert (found.status != "disagree") == right
        assert (found.kinks, found.on_kink) == (1, not right or found.along)


@pytest.mark.parametrize(("share", "right"), [(0.0, True), (0.3, True), (1.0, True), (1.2, False)])
def test_where_two_are_the_largest_they_share_the_slope(share: float, right: bool) -> None:
    """In any proportion, as long as neither gets less than nothing."""
    examination = examined(
        np.max,
        lambda x: np.array([share, 1 - share, 0]).astype(x.dtype),
        [1.5, 1.5, -1.0],
        {"finite_difference": finite_difference},
    )
    found = by(examination, "finite_difference")
    assert (found.witness, found.kinks) == ("finite_difference", 2)
    assert found.status == ("agree" if right else "disagree")


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0, -7.0])
def test_what_is_on_a_kink_is_judged_beside_it(slope: float) -> None:
    """Where units on kinks meet, their conventions may add up to no slope of the function."""
    examination = examined(lambda x: np.maximum(x, 0), by_parts(0.0, slope), [0.0, 1.5])
    verdict = examination.verdict("mine")
    assert verdict.status == "agree"
    assert sum(comparison.kinks for comparison in verdict.comparisons) > 0
    assert any(comparison.beside for comparison in verdict.comparisons)


def test_a_point_of_kinks_alone_is_judged_beside_it() -> None:
    """No smooth element is left by which to judge."""
    examination = examined(lambda x: np.maximum(x, 0), by_parts(0.0, 0.0), [0.0, 0.0])
    assert examination.at_the_point("mine").witnesses["finite_difference"] == "inconclusive"
    assert examination.verdict("mine").status == "agree"


def test_conventions_that_add_up_to_no_slope_are_not_called_wrong() -> None:
    """The function is x itself, but the two rectifiers' conventions at zero add up to 0."""
    oracles = {**BOTH, "ball_arithmetic": ball_arithmetic}
    examination = examined(
        lambda x: np.maximum(x, 0) - np.maximum(-x, 0) + np.abs(x) / 8,
        lambda x: (np.where(x == 0, 0.0, 1.0) + np.sign(x) / 8).astype(x.dtype),
        [0.0, 1.5],
        oracles,
    )
    assert examination.at_the_point("mine").witnesses["finite_difference"] == "disagree"
    assert examination.verdict("mine").status == "agree"


def test_differences_and_another_convention_together_do_not_convict() -> None:
    """The first element's kinks cancel in differences; to the other witness they add up to 2."""
    sharp = np.array([0.0, 0.125, 0.125])

    def by_twos(problem: Problem) -> Estimate:
        x = problem.arguments["x"]
        gradient = np.where(x == 0, 2.0, 1.0) + np.sign(x) * sharp
        return Estimate("by_twos", {"x": gradient}, {"x": np.full(x.shape, 1e-12)}, 1)

    other = SimpleNamespace(
        REQUIRES="numpy", STRIDE=1, SIZES=ANY_SIZE, NATURE="autograd", estimate=by_twos
    )
    examination = examined(
        lambda x: np.maximum(x, 0) - np.maximum(-x, 0) + np.abs(x) * sharp,
        lambda x: (np.where(x == 0, 0.0, 1.0) + np.sign(x) * sharp).astype(x.dtype),
        [0.0, 0.0, 1.5],
        {"finite_difference": finite_difference, "ball_arithmetic": ball_arithmetic}
        | {"by_twos": other},
    )
    witnesses = examination.at_the_point("mine").witnesses
    assert witnesses["finite_difference"] == witnesses["by_twos"] == "disagree"
    assert examination.verdict("mine").status == "agree"


def test_a_kink_does_not_hide_a_wrong_gradient() -> None:
    """Wrong beside the kink, on either of its sides, is wrong."""
    examination = examined(
        lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 2.0, 0.0).astype(x.dtype), [0.0] * 8
    )
    assert examination.verdict("mine").status == "disagree"


def test_a_mistake_at_zero_that_is_no_kink_is_not_excused() -> None:
    """A gradient that is wrong only where x is exactly 0, where the function is smooth."""
    examination = examined(
        np.sin, lambda x: np.where(x == 0, 0.0, np.cos(x)).astype(x.dtype), [0.0, 1.0]
    )
    assert examination.verdict("mine").status == "disagree"


def test_what_only_one_oracle_sees_and_only_here_is_inconclusive_or_cleared() -> None:
    """An oracle that is wrong at one point does not convict."""

    def mistaken(problem: Problem) -> Estimate:
        right = complex_step.estimate(problem)
        off = 1.0 if problem.arguments["x"][0] == 0.5 else 0.0
        return Estimate("odd", {"x": right.gradients["x"] + off}, right.uncertainties, 1)

    odd = SimpleNamespace(
        REQUIRES="numpy", STRIDE=1, SIZES=ANY_SIZE, NATURE="autograd", estimate=mistaken
    )
    examination = examined(np.exp, np.exp, [0.5], {**BOTH, "odd": odd})
    assert examination.at_the_point("mine").status == "disagree"
    assert examination.verdict("mine").status == "agree"


def test_an_oracle_that_refuses_is_named_and_the_others_go_on() -> None:
    """Floor is not analytic, but finite differences do not mind."""
    examination = examined(lambda x: x * (1 + 0 * np.floor(x)), np.ones_like, [0.5])
    assert "floor" in examination.evidence.refusals["complex_step"]
    assert examination.verdict("mine").witnesses["finite_difference"] == "agree"


def test_a_function_that_fails_is_a_finding() -> None:
    """Not an error of ours."""

    def broken(x: Any) -> Any:
        raise KeyError("weights")

    verdict = examined(broken, lambda x: x, [0.5]).verdict("mine")
    assert verdict.status == "disagree"
    assert verdict.comparisons[0].reason == "the function raised KeyError: 'weights'"


def test_a_constant_function_is_vacuous_and_never_agrees() -> None:
    """There is nothing that a wrong gradient would change."""
    examination = examined(lambda x: 0 * x + 3, lambda x: 0 * x, [0.5, 1.0])
    assert examination.evidence.vacuous
    assert examination.verdict("mine").status == "inconclusive"


def test_a_refusing_oracle_alone_leaves_the_verdict_open() -> None:
    """No witness, no agreement."""

    def refuse(problem: Problem) -> Estimate:
        raise Refused("not today")

    oracle = SimpleNamespace(
        REQUIRES="numpy", STRIDE=1, SIZES=ANY_SIZE, NATURE="analytic", estimate=refuse
    )
    examination = examined(np.exp, np.exp, [0.5], {"shy": oracle})
    assert examination.verdict("mine").status == "inconclusive"


@pytest.mark.parametrize("layer", [ReLU(), LeakyReLU(0.25), LeakyReLU(-0.5)])
def test_frameworks_with_another_convention_at_a_kink_do_not_disagree(layer: Any) -> None:
    """Pre-activations of exactly zero, where PyTorch and JAX take different slopes."""
    architecture = Architecture((2,), (Dense(3), layer), Outputs())
    zeros = {"1.weight": [[1, 0, -1], [1, 2, 0]], "1.bias": [0, 0, 0]}
    case = Case(architecture, batch=3, values="grid", seed=1, parameters=zeros)
    pre = case.arguments()["x"] @ case.arguments()["1.weight"]
    assert (pre == 0).any()
    examination = Examination(hand_written.problem(case), choose_oracles(()))
    for subject in hand_written.SUBJECTS:
        assert examination.verdict(subject).status == "agree"


@pytest.mark.parametrize("factor", [1, 2])
def test_ties_among_numbers_of_few_bits_are_judged_where_more_tell_them_apart(
    factor: int,
) -> None:
    """In each of 8 rows of 12 numbers, the first of the largest has the slope of 1."""

    def gradient(x: Any) -> Any:
        first = np.argmax(np.asarray(x), axis=1)[:, None]
        return np.where(np.arange(x.shape[1]) == first, 0 * x + factor, 0 * x)

    x = 64.0 + np.random.default_rng(0).integers(-2, 3, size=(8, 12))
    smooth = examined(lambda x: np.max(x, axis=1), gradient, x)
    tied = replace(smooth, problem=replace(smooth.problem, dtype="bfloat16"))
    assert all(_ties(point.problem.arguments["x"]) for point in [tied, *tied.beside(ROUNDING)])
    assert by(tied, "complex_step").kinks > 0
    assert tied.verdict("mine").status == ("agree" if factor == 1 else "disagree")


def _ties(x: Any) -> bool:
    """Whether some row has its largest number twice."""
    return bool(np.any(np.sum(x == np.max(x, axis=1, keepdims=True), axis=1) > 1))


def test_nudged_points_are_near_exact_and_repeatable() -> None:
    """Within a sixteenth of the scale, exact in float32, elsewhere for each number."""
    problem = examined(np.exp, np.exp, [0.0, 1.0, -100.0]).problem
    first, second = problem.nudged(1).arguments["x"], problem.nudged(2).arguments["x"]
    x = problem.arguments["x"]
    assert np.all(np.abs(first - x) <= scale(x) / 16 + 1e-5)
    assert np.array_equal(first, first.astype(np.float32))
    assert np.array_equal(first, problem.nudged(1).arguments["x"])
    assert not np.any(first == second)
    assert np.all(first != x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_nudged_points_are_exact_in_the_dtype(dtype: str) -> None:
    """As the point itself is, and no number where it was, be it of 8 bits."""
    architecture = Architecture((8,), (Dense(8),))
    problem = hand_written.problem(Case(architecture, dtype, batch=2, seed=5))
    for name, moved in problem.nudged(1).arguments.items():
        assert np.array_equal(moved, moved.astype(dtype).astype(np.float64))
        assert np.all(moved != problem.arguments[name])
        assert np.all(np.abs(moved - problem.arguments[name]) <= scale(moved) / 8)


def test_scales_are_powers_of_two_near_the_elements() -> None:
    """Or near the array's size where an element is smaller; 1 for zeros."""
    assert list(scale(np.array([0.0, 0.0]))) == [1.0, 1.0]
    assert list(scale(np.array([0.0, 3.0, 100.0]))) == [64.0, 64.0, 128.0]
    assert list(scale(np.array([2.0**600, -(2.0**600)]))) == [2.0**600] * 2  # its square overflows
    assert list(scale(np.array([2.0**-600, 0.0]))) == [2.0**-600] * 2
