"""The gradient once more on balls: every kernel there is, and enclosures that hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import Outputs
from clinometer.balls import BallArray
from clinometer.contract import call
from clinometer.examination import Examination
from clinometer.formula import WIDE, enclose, rerun
from clinometer.oracles import ball_arithmetic
from clinometer.problem import Problem
from clinometer.subjects import hand_written
from handgrad.kernels import SETS
from tests.parts import PARTS


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("subject", SETS)
def test_every_kernel_runs_on_balls_forward_and_backward(subject: str, kind: str) -> None:
    """And what it computes there is what it computes in the widest dtype, proved to 60 digits."""
    problem = hand_written.problem(Case(PARTS[kind], batch=3, seed=3))
    enclosures = enclose(problem.gradients[subject], problem.arguments)
    assert enclosures is not None
    narrow = rerun(problem, subject).enclosures
    wide, _ = call(problem.gradients[subject], problem.cast(WIDE))
    for name, (middle, radius) in enclosures.items():
        exact, digits = narrow[name]
        assert np.all(np.abs(exact - middle) <= radius)
        size = np.abs(middle).max()
        assert np.all(radius <= 1e-12 * (max(size, 1) if name == "value" else size) + 1e-300)
        assert np.all(digits <= 2.0**-62 * np.abs(middle).max() + 1e-300)
        assert np.all(np.abs(wide[name] - exact) <= 1e-17 * np.abs(middle).max() + 1e-18)


@pytest.mark.parametrize("kind", PARTS)
def test_every_kernel_gives_its_function_on_balls_to_the_oracle(kind: str) -> None:
    """The ball oracle judges each of them; none is refused."""
    problem = hand_written.problem(Case(PARTS[kind], batch=3, seed=3))
    estimate = ball_arithmetic.estimate(problem)
    for name, slope in estimate.gradients.items():
        assert estimate.uncertainties[name] <= 1e-40 * np.abs(slope) + 1e-60


def test_wide_enclosures_in_double_precision_give_way_to_arb() -> None:
    """Where digits cancel, 1e16 + 1 - 1e16 and its like."""

    def gradient(arguments: Any) -> Any:
        x = arguments["x"]
        return x.sum(), {"x": (1e16 + x) - 1e16}

    enclosures = enclose(gradient, {"x": np.array([1.5])})
    assert enclosures is not None
    middle, radius = enclosures["x"]
    assert middle[0] == 1.5
    assert radius[0] < 1e-18


def test_a_verdict_carries_the_enclosure() -> None:
    """For each array, with the value of the function."""
    problem = hand_written.problem(Case(Architecture((2,), (Dense(2), Tanh()), Outputs())))
    verdict = Examination(problem, {"ball_arithmetic": ball_arithmetic}).verdict("looped")
    assert set(verdict.enclosure) == {"value", "x", "1.weight", "1.bias"}
    middle, radius = verdict.enclosure["1.weight"]
    rounded, _ = call(problem.gradients["looped"], problem.arguments)
    assert np.all(np.abs(rounded["1.weight"] - middle) <= radius + 1e-14)
    assert np.all(radius < 1e-18)


def through_float64(arguments: Any) -> Any:
    x = np.asarray(arguments["x"], dtype=np.float64)  # which no ball survives
    return np.sum(x * x), {"x": (2 * x).astype(arguments["x"].dtype)}


def test_code_that_takes_no_balls_is_run_in_the_widest_dtype() -> None:
    """It has no enclosure, and its rounding is the formula's own uncertainty."""
    problem = Problem(
        lambda a: np.sum(a["x"] ** 2), {"mine": through_float64}, {"x": np.array([1.5, -2.0])}
    )
    formula = rerun(problem, "mine", lambda: {"x": np.full(2, 1e-16)})
    assert not formula.enclosures
    assert list(formula.gradients["x"]) == [3.0, -4.0]
    assert np.all(formula.own["x"] > 0)


def scaled(constant: float, size: float) -> tuple[Any, Any]:
    """The function 0.1 Σ x², and a gradient of it with another constant and one element off."""

    def gradient(arguments: Any) -> tuple[Any, Any]:
        x = arguments["x"]
        off = np.array([1.0, 1.0 + size, 1.0])
        return 0.1 * (x * x).sum(), {"x": 2 * constant * x * off}

    return lambda a: 0.1 * (a["x"] * a["x"]).sum(), gradient


@pytest.mark.parametrize(
    ("constant", "size", "status"),
    [
        (0.1, 0.0, "agree"),
        (0.3 / 3, 0.0, "agree"),  # rounded otherwise than 0.1
        (0.1000000001, 0.0, "disagree"),
        (0.1, 2.0**-40, "disagree"),  # beside the others 2⁻⁷⁰
    ],
)
def test_the_rounding_of_constants_is_excused_and_nothing_else(
    constant: float, size: float, status: str
) -> None:
    """They are doubles, and the digits of the balls go far beyond."""
    assert 0.3 / 3 != 0.1
    function, gradient = scaled(constant, size)
    problem = Problem(function, {"mine": gradient}, {"x": np.array([1.5, 2.0**-30, -2.0])})
    verdict = Examination(problem, {"ball_arithmetic": ball_arithmetic}).verdict("mine")
    assert verdict.witnesses["ball_arithmetic"] == status


@pytest.mark.parametrize(("off", "status"), [(2.0**-40, "disagree"), (2.0**-60, "agree")])
def test_an_element_is_judged_by_its_own_size(off: float, status: str) -> None:
    """Though it is 2⁻¹⁰⁰ of the others; an error that no double shows is none."""

    def gradient(arguments: Any) -> tuple[Any, Any]:
        x = arguments["x"]
        error = x.like(np.array([0.0, off])) if isinstance(x, BallArray) else 0
        return (x * x).sum(), {"x": 2 * x * (1 + error)}

    point = {"x": np.array([1.5, 2.0**-100])}
    problem = Problem(lambda a: (a["x"] * a["x"]).sum(), {"mine": gradient}, point)
    verdict = Examination(problem, {"ball_arithmetic": ball_arithmetic}).verdict("mine")
    assert verdict.status == status
    assert [c.index for c in verdict.disagreements] == [(1,)] * (status == "disagree")


def test_what_few_bits_do_not_decide_is_decided_by_more() -> None:
    """Whether 1 - e⁻⁶⁰⁰ is below 1, on which the slope depends."""

    def gradient(point: Any) -> Any:
        x = point["x"]
        y = 1 / (1 + np.exp(-x))
        return np.sum(np.minimum(y, 1.0)), {"x": y * (1 - y) * np.where(y < 1.0, 1.0, 0.0)}

    problem = Problem(lambda p: gradient(p)[0], {"by hand": gradient}, {"x": np.array([600.0])})
    slope = float(rerun(problem, "by hand").gradients["x"][0])
    assert slope == pytest.approx(np.exp(-600.0), rel=1e-12, abs=0)
