"""Oracles: known derivatives within the uncertainty, kinks, refusals, every wrong kernel."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, target

from clinometer import registry
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.strategies import cases
from clinometer.dtypes import NARROW
from clinometer.estimate import ANY_SIZE, Refused
from clinometer.examination import Examination
from clinometer.formula import WIDE, rerun
from clinometer.oracles import ball_arithmetic, complex_step, finite_difference
from clinometer.problem import Problem
from clinometer.subjects import hand_written
from clinometer.verdict import Verdict
from handgrad.kernels import kernel, kernel_set, kinds
from tests.parts import PARTS


def problem_of(function: Callable[[Any], Any], *point: float) -> Problem:
    """A function of one array `x`, for the oracles that need nothing else."""
    return Problem(lambda arguments: function(arguments["x"]), {}, {"x": np.array(point)})


KNOWN = [
    (np.exp, np.exp, 0.5),
    (np.sin, np.cos, 1e-3),
    (lambda x: x**3, lambda x: 3 * x**2, -2.0),
    (np.tanh, lambda x: 1 / np.cosh(x) ** 2, 4.0),
    (lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x)), -12.0),
    (lambda x: np.log1p(1e-10 * x), lambda x: 1e-10 / (1 + 1e-10 * x), 0.75),
    (lambda x: np.abs(x) * x, lambda x: 2 * np.abs(x), -0.5),
    (lambda x: np.maximum(x, 0.25) + np.minimum(0.25, x), np.ones_like, 3.0),
    (lambda x: 1e8 * np.cos(1e-4 * x), lambda x: -1e4 * np.sin(1e-4 * x), 100.0),
    (lambda x: 1 / x, lambda x: -1 / x**2, 0.125),
    (lambda x: np.where(x > 0, x, 2 * x), lambda x: np.where(x > 0, 1.0, 2.0), -1.0),
    (lambda x: np.concatenate([x, x * x]).sum(), lambda x: 1 + 2 * x, 0.5),
    (lambda x: np.hypot(x, 3 * x * x), lambda x: (x + 18 * x**3) / np.hypot(x, 3 * x * x), 0.5),
    (lambda x: np.arctan2(x, 2 - x), lambda x: 2 / (x**2 + (2 - x) ** 2), 3.5),
    (np.cbrt, lambda x: np.cbrt(x) / (3 * x), -0.75),
    (lambda x: np.logaddexp(x, 2 * x), lambda x: (1 + 2 * np.exp(x)) / (1 + np.exp(x)), -1.5),
]


@pytest.mark.parametrize("oracle", [complex_step, finite_difference])
@pytest.mark.parametrize(("function", "derivative", "at"), KNOWN)
def test_known_derivatives_lie_within_the_uncertainty(
    oracle: ModuleType, function: Any, derivative: Any, at: float
) -> None:
    """And the uncertainty is small enough to say something."""
    estimate = oracle.estimate(problem_of(lambda x: np.sum(function(x)), at))
    right = derivative(np.array([at], dtype=WIDE))
    error = np.abs(estimate.gradients["x"] - right)
    assert error <= estimate.uncertainties["x"] + 4e-16 * np.abs(right)
    assert estimate.uncertainties["x"] < 1e-6 * np.abs(right)


@given(cases())
def test_estimates_hold_the_gradient_computed_on_balls(case: Case) -> None:
    """The uncertainty that an oracle states is tested on every element of random networks."""
    problem = hand_written.problem(case)
    with np.errstate(all="ignore"):
        formula = rerun(problem, "vectorised")
        kinks = finite_difference.estimate(problem).kinks  # where the others may take either slope
        for oracle in (complex_step, finite_difference):
            estimate = oracle.estimate(problem)
            for name, gradient in estimate.gradients.items():
                smooth = ~kinks[name]
                error = np.abs(gradient - formula.gradients[name])[smooth]
                bound = (estimate.uncertainties[name] + formula.own[name])[smooth]
                assert np.all(error <= bound), (estimate.oracle, name)


def test_an_array_of_zeros_is_differenced_as_accurately_as_any_other() -> None:
    """Though its scale is not its own: in the widest dtype from end to end."""
    weights = np.random.default_rng(0).normal(size=20)
    estimate = finite_difference.estimate(
        problem_of(lambda x: np.sum(weights * np.sin(x)), *np.zeros(20))
    )
    assert np.all(np.abs(estimate.gradients["x"] - weights) <= estimate.uncertainties["x"])


@pytest.mark.parametrize("distance", [0.0, 1e-13, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2])
def test_differences_never_step_over_a_kink_unawares(distance: float) -> None:
    """Near a kink the slope is right within its error, or the kink is named."""
    estimate = finite_difference.estimate(
        problem_of(lambda x: np.sum(np.maximum(x - 1, 0) + np.sin(x)), 1 + distance)
    )
    right = np.cos(1 + distance) + (distance > 0)
    inside = abs(estimate.gradients["x"] - right) <= estimate.uncertainties["x"]
    assert inside or estimate.kinks["x"]
    if distance >= 1e-4:
        assert inside
        assert estimate.uncertainties["x"] < 1e-6
    if distance == 0:
        assert estimate.kinks["x"]
        assert abs(estimate.gradients["x"] - right - 0.5) < 1e-9
        assert 0.5 <= estimate.uncertainties["x"] < 0.5 + 1e-9


def test_a_faint_kink_is_still_found() -> None:
    """A jump of the slope of 2e-9 under a curvature a million times larger."""
    estimate = finite_difference.estimate(
        problem_of(lambda x: np.sum(2e-9 * np.maximum(x, 0) + 1e-3 * np.exp(x)), 0.0)
    )
    assert estimate.kinks["x"]


def test_smooth_functions_are_not_called_kinked() -> None:
    """Neither a strong curvature nor rounding looks like a kink."""
    for function in (np.exp, np.sin, lambda x: 1e6 * x**4, lambda x: np.exp(-50 * x * x)):
        estimate = finite_difference.estimate(problem_of(lambda x, f=function: np.sum(f(x)), 0.3))
        assert not estimate.kinks["x"]


def test_complex_step_refuses_what_has_no_complex_derivative() -> None:
    """With the name of the operation."""
    for function in (np.floor, np.conjugate, np.rint):
        with pytest.raises(Refused, match=function.__name__):
            complex_step.estimate(problem_of(lambda x, f=function: np.sum(f(x) * x), 0.5))


def test_complex_step_stays_where_real_numbers_have_a_result() -> None:
    """The complex square root of -1 is no derivative of anything; NaN says that there is none."""
    for function in (np.sqrt, np.log, np.arctanh):
        estimate = complex_step.estimate(problem_of(lambda x, f=function: np.sum(f(x)), -2.0))
        assert np.isnan(estimate.gradients["x"])


@pytest.mark.parametrize(
    ("function", "below", "above"),
    [
        (lambda x: np.maximum(x, 0), 0, 1),
        (lambda x: np.minimum(2 * x, -x), 2, -1),
        (lambda x: np.abs(x) + 3 * x, 2, 4),
        (lambda x: np.where(x > 0, 5 * x, x), 1, 5),
        (lambda x: np.where(x >= 0, 5 * x, x), 1, 5),
        (lambda x: np.sign(x) * x, -1, 1),
        (lambda x: np.stack([x, 3 * x, -x]).max(axis=0), -1, 3),
    ],
)
def test_complex_step_sees_both_sides_of_a_kink(function: Any, below: int, above: int) -> None:
    """The middle, give or take half of what they differ by; beside it, one of them."""
    on_it = complex_step.estimate(problem_of(lambda x: np.sum(function(x)), 0.0))
    assert on_it.kinks["x"].all()
    assert on_it.gradients["x"] == (below + above) / 2
    assert on_it.uncertainties["x"] >= abs(above - below) / 2
    for point, slope in ((-1.0, below), (1.0, above)):
        beside = complex_step.estimate(problem_of(lambda x: np.sum(function(x)), point))
        assert not beside.kinks["x"].any()
        assert abs(beside.gradients["x"] - slope) <= beside.uncertainties["x"] < 1e-12


def test_complex_step_takes_no_kinks_that_cancel_for_one() -> None:
    """As in the smooth rectifier, written so that no exponential overflows."""

    def softplus(x: Any) -> Any:
        return np.sum(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))

    estimate = complex_step.estimate(problem_of(softplus, 0.0))
    assert not estimate.kinks["x"].any()
    assert abs(estimate.gradients["x"] - 0.5) <= estimate.uncertainties["x"] < 1e-12


def test_complex_step_knows_its_truncation_where_the_derivative_is_zero() -> None:
    """(x + x²)² at 0, whose complex step is off by the square of the step."""
    estimate = complex_step.estimate(problem_of(lambda x: np.sum((x + x * x) ** 2), 0.0))
    assert 0 < np.abs(estimate.gradients["x"]) <= estimate.uncertainties["x"] < 1e-40


def test_complex_step_is_silent_where_ties_last() -> None:
    """Maxima that have saturated tie beside the point as well; those of equal numbers do not."""

    def capped(x: Any) -> Any:
        return np.minimum(np.max(np.tanh(x)), 1.0)

    for far, silent in ((60.0, True), (0.5, False)):
        at = problem_of(capped, far, far)
        assert np.all(np.isfinite(complex_step.estimate(at).uncertainties["x"]))
        beside = complex_step.estimate(at.nudged(1)).uncertainties["x"]
        assert np.all(np.isinf(beside) == silent)


def test_complex_step_refuses_what_numpy_has_for_real_numbers_only() -> None:
    """With the name of the operation as well."""
    with pytest.raises(Refused, match=r"heaviside, which takes no complex numbers"):
        complex_step.estimate(problem_of(lambda x: np.sum(np.heaviside(x, 0.5) * x), 0.5))


def test_complex_step_knows_of_errors_that_are_opposite() -> None:
    """As of two numbers that are normalised: along equal signs both errors would cancel."""
    random = np.random.default_rng(0)
    point = {f"{number}": random.normal(size=2) for number in range(40)}

    def normalised(x: Any) -> Any:
        for _ in range(3):
            z = 4096 * (x - np.mean(x))
            x = z / np.sqrt(np.mean(z * z) + 1e-3)
        return x[0]

    estimate = complex_step.estimate(
        Problem(lambda p: sum(normalised(x) for x in p.values()), {}, point)
    )
    for name, x in point.items():
        half, slope = (np.longdouble(x[0]) - x[1]) / 2, np.longdouble(0.5)
        for _ in range(3):  # by the half of the difference, to which all is in proportion
            squares = (4096 * half) ** 2 + 1e-3
            half, slope = 4096 * half / np.sqrt(squares), slope * 4096 * 1e-3 / squares**1.5
        error = np.abs(estimate.gradients[name] - [slope, -slope])
        assert np.all(error <= estimate.uncertainties[name])


def test_complex_step_knows_of_digits_that_every_precision_loses() -> None:
    """Numbers that differ by 2⁻⁷⁰ are equal in both of its precisions, and so is the gradient."""
    problem = problem_of(lambda x: np.square((1 + x * 2.0**-70)[0] - 1), 1.0)
    estimate = complex_step.estimate(problem)
    error = np.abs(estimate.gradients["x"] - 2.0**-139)
    assert np.all(error <= estimate.uncertainties["x"])


def test_balls_resolve_a_slope_however_small_beside_the_others() -> None:
    """The first precision tells nothing of one that is 2⁻³⁰⁰ of the largest."""
    point = {"a": np.array(1.0), "b": np.array(3.0)}
    right = {"a": np.array(1.0), "b": np.array(2.0**-300)}
    problem = Problem(
        lambda x: x["a"] + x["b"] * 2.0**-300,
        {
            "right": lambda x: (x["a"] + x["b"] * 2.0**-300, right),
            "wrong": lambda x: (x["a"] + x["b"] * 2.0**-300, {**right, "b": right["b"] * 1.001}),
        },
        point,
    )
    examination = Examination(problem, {"ball_arithmetic": ball_arithmetic})
    assert examination.verdict("right").status == "agree"
    wrong = examination.verdict("wrong")
    assert wrong.arrays == {"value": "agree", "a": "agree", "b": "disagree"}


def test_oracles_leave_the_problem_as_it_was() -> None:
    """Elements are moved and put back."""
    problem = hand_written.problem(Case(Architecture((2,), (Dense(2),)), batch=2))
    before = {name: array.copy() for name, array in problem.arguments.items()}
    for oracle in (complex_step, finite_difference):
        oracle.estimate(problem)
    assert all(np.array_equal(before[name], a) for name, a in problem.arguments.items())


def test_every_kernel_stands_before_the_oracles_below() -> None:
    """A kernel that is in no part would never be caught."""
    assert sorted(PARTS) == kinds("vectorised")


def verdict_on(kind: str, subject: str, oracle_name: str, dtype: str = "float64") -> Verdict:
    """What one oracle alone, whatever sizes it is made for, says of one kernel's gradient."""
    problem = hand_written.problem(Case(PARTS[kind], dtype, batch=3, seed=3))
    if oracle_name == "neuron_wise" and problem.structure is None:
        pytest.skip("it judges networks whose only parameters are those of dense layers")
    oracle = SimpleNamespace(**vars(registry.oracles()[oracle_name]) | {"SIZES": ANY_SIZE})
    return Examination(problem, {oracle_name: oracle}).verdict(subject)


@pytest.mark.parametrize("kind", PARTS)
def test_right_kernels_agree_with_every_oracle(oracle_name: str, kind: str) -> None:
    """The other side of the test below."""
    for subject in hand_written.SUBJECTS:
        assert verdict_on(kind, subject, oracle_name).witnesses[oracle_name] == "agree"


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("subject", hand_written.SUBJECTS)
def test_a_wrong_gradient_in_any_kernel_is_caught_by_every_oracle(
    monkeypatch: pytest.MonkeyPatch, oracle_name: str, subject: str, kind: str
) -> None:
    """The largest element of the first gradient off by a ten-millionth: red, from each alone."""
    spoil(monkeypatch, subject, kind)
    assert verdict_on(kind, subject, oracle_name).witnesses[oracle_name] == "disagree"


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("subject", hand_written.SUBJECTS)
def test_a_wrong_gradient_in_any_kernel_is_caught_in_16_bits_too(
    monkeypatch: pytest.MonkeyPatch, subject: str, kind: str, dtype: str
) -> None:
    """Where the mistake is far below a digit; and before it is made, all is right."""
    assert verdict_on(kind, subject, "complex_step", dtype).status == "agree"
    spoil(monkeypatch, subject, kind)
    assert verdict_on(kind, subject, "complex_step", dtype).status == "disagree"


def spoil(monkeypatch: pytest.MonkeyPatch, subject: str, kind: str) -> None:
    """Multiply the largest element of a kernel's first gradient by 1 + 1e-7."""
    chosen, numbers = kernel(subject, kind), kernel_set(subject)
    right = chosen.backward

    def wrong(dy: Any, cache: Any) -> tuple[Any, ...]:
        gradients = list(right(dy, cache))
        first = next(n for n, gradient in enumerate(gradients) if gradient is not None)
        spoilt = np.array(gradients[first])
        spoilt.flat[np.argmax(np.abs(spoilt))] *= 1 + 1e-7
        gradients[first] = numbers.load(spoilt)
        return tuple(gradients)

    monkeypatch.setattr(chosen, "backward", wrong)


@given(cases())
def test_all_oracles_agree_with_both_subjects_on_random_networks(case: Case) -> None:
    """The property that the project exists for, here on the oracles that compile nothing."""
    oracles = {n: o for n, o in registry.choose_oracles(()).items() if o.STRIDE == 1}
    examination = Examination(hand_written.problem(case), oracles)
    assume(not examination.evidence.vacuous)
    for subject in hand_written.SUBJECTS:
        verdict = examination.verdict(subject)
        assert verdict.status == "agree", case.to_json()
        target(max(c.ratio for c in verdict.comparisons), label=subject)
