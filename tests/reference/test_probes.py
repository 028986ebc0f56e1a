"""Probes of large problems: what they miss, how sure their slopes are, kinks, sizes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given

from clinometer import formula, registry
from clinometer.agreement import against_oracle
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import ReLU, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.normalisation import GroupNorm
from clinometer.architecture.layers.shapes import Flatten
from clinometer.architecture.strategies import cases
from clinometer.branches import trace
from clinometer.comparison import Comparison
from clinometer.contract import call
from clinometer.directions import Directions, smallest_seen
from clinometer.estimate import ELEMENTWISE
from clinometer.examination import Examination
from clinometer.formula import WIDE, Formula, rerun
from clinometer.oracles import directional_probes
from clinometer.probing import MISS, PROBES
from clinometer.problem import Problem
from clinometer.rounding import norm
from clinometer.subjects import hand_written

PROBE = registry.choose_oracles(["directional_probes"])


def network(*widths: int, activation: Any = Tanh) -> Case:
    """Dense layers of those widths after the first, which is the input's."""
    first, *others = widths
    layers = [layer for width in others for layer in (Dense(width), activation())]
    return Case(Architecture((first,), tuple(layers[:-1])), batch=3)


SMALL = hand_written.problem(network(20, 64, 48, 10))
LARGE = network(40, 128, 64, 10)


@pytest.fixture(scope="module")
def right() -> Formula:
    """The right gradient of the small network."""
    return rerun(SMALL, "vectorised")


def errors(count: int = 40) -> dict[str, Any]:
    """Errors of several shapes, each of norm 1."""
    one, two = np.eye(count)[3], np.eye(count)[7]
    shapes = {
        "one": one,
        "two equal": one + two,
        "two opposite": one - two,
        "four equal": (np.arange(count) < 4) * 1.0,
        "cancelling": 2 * one + two + np.eye(count)[11],
        "dense": np.random.default_rng(0).normal(size=count),
        "all equal": np.ones(count),
    }
    return {name: error / np.linalg.norm(error) for name, error in shapes.items()}


@pytest.fixture(scope="module")
def directions() -> Any:
    """20 000 directions of 40 elements, and as many of another array."""
    array = np.ones(40)
    return np.stack([np.stack(list(Directions(name, array, 20_000))) for name in ("a", "b")])


@pytest.mark.parametrize("shape", errors())
@pytest.mark.parametrize("threshold", [0.3, 0.1, 0.03])
def test_a_direction_misses_no_error_more_often_than_stated(
    directions: Any, shape: str, threshold: float
) -> None:
    """The bound 2√2 T/|e| holds for every shape; a lone error is never missed."""
    missed = np.mean(np.abs(directions[0] @ errors()[shape]) < threshold)
    assert missed <= 2 * math.sqrt(2) * threshold
    if shape == "one":
        assert missed == 0
    if shape == "dense":
        assert 0.4 * threshold < missed < 0.8 * threshold
    if shape.startswith("two"):  # the worst, and half of the bound
        assert threshold < missed < 1.5 * threshold


@pytest.mark.parametrize("shape", errors())
def test_two_directions_miss_no_error_of_the_stated_size_more_often(
    directions: Any, shape: str
) -> None:
    """Here with a probability that can be counted; T is 1."""
    error = errors()[shape] * smallest_seen(2, 0.01)
    missed = np.all(np.abs(directions @ error) < 2, axis=0)
    assert np.mean(missed) <= 0.01


def test_directions_are_made_anew_and_always_the_same() -> None:
    """Of both signs, from 1 to 2 scales, and different from each other and between arrays."""
    array = np.array([0.0, 3.0, 100.0] * 100)
    made = Directions("w", array, 2)
    first, second = made
    assert np.array_equal(first, made[0])
    assert first is not made[0]
    relative = first / made.scale
    assert np.all((np.abs(relative) >= 1) & (np.abs(relative) <= 2))
    assert set(np.sign(relative)) == {-1.0, 1.0}
    assert not np.any(first == second)
    assert not np.any(first == Directions("v", array)[0])
    with pytest.raises(IndexError):
        made[2]


#: One group bends within a thousandth of what the values are; its slope is a part of many.
BENDING = Case(
    Architecture((3,), (GroupNorm(groups=1, epsilon=2.0**-10), Flatten())),
    batch=3,
    values="offset",
)


@given(cases())
@example(BENDING)
def test_slopes_hold_the_true_ones_within_their_uncertainty(case: Case) -> None:
    """On random networks, wherever the point is not on a kink."""
    problem = hand_written.problem(case)
    with np.errstate(all="ignore"):
        exact, _ = call(problem.gradients["vectorised"], problem.cast(WIDE))
        estimate = directional_probes.estimate(problem)
        for name, along in estimate.directions.items():
            for number, direction in enumerate(along):
                parts = exact[name] * direction
                error = abs(np.sum(parts) - estimate.gradients[name][number])
                bound = estimate.uncertainties[name][number] + 1e-18 * np.sum(np.abs(parts))
                assert error <= bound or estimate.kinks[name][number], (name, number)


def test_a_function_that_hides_its_arithmetic_is_judged_by_its_values_alone() -> None:
    """Its noise comes from neighbouring values, its slopes are right and less sure."""

    def hidden(arguments: Any) -> Any:
        return float(SMALL.function({n: np.asarray(array) for n, array in arguments.items()}))

    shown = directional_probes.estimate(SMALL)
    unsure = directional_probes.estimate(replace(SMALL, function=hidden))
    for name in SMALL.arguments:
        gap = np.abs(shown.gradients[name] - unsure.gradients[name])
        assert np.all(gap <= shown.uncertainties[name] + unsure.uncertainties[name])
        assert np.all(unsure.uncertainties[name] < 1e-6 * np.abs(shown.gradients[name]))
        assert np.all(unsure.uncertainties[name] > 0)


DECIDING = [
    lambda x: np.where(x > 0.5, x, 0), lambda x: np.maximum(x, 0.5), lambda x: np.abs(x - 0.5),
    lambda x: np.sign(x - 0.5) * x, lambda x: np.stack([x, 0 * x + 0.5]).max(axis=0),
    lambda x: np.floor(2 * x) * x, lambda x: np.minimum(0.5, x), lambda x: x if x > 0.5 else 2 * x,
]  # fmt: skip


@pytest.mark.parametrize("function", DECIDING)
def test_every_decision_is_recorded(function: Any) -> None:
    """It differs on the two sides of 1/2, and not on one."""
    above, more_above, below = (
        trace(lambda a: np.sum(function(a["x"])), {"x": np.array(x)})[1] for x in (0.6, 0.7, 0.4)
    )
    assert above == more_above
    assert above != below


@pytest.mark.parametrize("distance", [1e-3, 3e-5, 1e-6])
def test_no_probe_steps_over_a_kink_unawares(distance: float) -> None:
    """It takes a smaller step, and its uncertainty holds; on the kink it says so."""

    def function(arguments: Any) -> Any:
        return (np.maximum(arguments["x"] - 1, 0) + np.sin(arguments["x"])).sum()

    estimate = directional_probes.estimate(Problem(function, {}, {"x": np.array([1 + distance])}))
    right = (1 + np.cos(1 + distance)) * np.concatenate(list(estimate.directions["x"]))
    assert not np.any(estimate.kinks["x"])
    assert np.all(np.abs(estimate.gradients["x"] - right) <= estimate.uncertainties["x"])
    on_it = directional_probes.estimate(Problem(function, {}, {"x": np.array([1.0])}))
    assert np.all(on_it.kinks["x"])


def test_relu_networks_are_judged() -> None:
    """With tens of kinks within reach of the larger steps."""
    problem = hand_written.problem(replace(network(40, 128, 64, 10, activation=ReLU), batch=16))
    verdict = Examination(problem, PROBE).verdict("vectorised")
    assert verdict.status == "agree"
    assert verdict.witnesses["directional_probes"] == "agree"


def compared(made: Formula, name: str = "1.weight") -> Comparison:
    """What the probes say of one array."""
    return against_oracle(name, made, directional_probes.estimate(SMALL), 1.0)


def test_what_is_stated_of_a_miss_is_what_two_probes_can_see(right: Formula) -> None:
    """An error above the stated size is seen, and a tenth of an uncertainty is not."""
    right = replace(right, balls={}, excused=None)  # as it is for large problems
    agreed = compared(right)
    assert agreed.status == "agree"
    assert agreed.miss == MISS
    assert agreed.resolution < 1e-4
    gradient, scale = right.gradients["1.weight"], Directions("", SMALL.arguments["1.weight"]).scale
    size = norm(gradient * scale)
    assert agreed.resolution == pytest.approx(
        smallest_seen(PROBES, MISS) * agreed.uncertainty / size, rel=0.5
    )
    random = np.random.default_rng(0)
    for _ in range(20):
        error = random.normal(size=gradient.shape) / scale
        error *= agreed.resolution * size / norm(error * scale)
        wrong = replace(right, gradients={**right.gradients, "1.weight": gradient + error})
        assert compared(wrong).status == "disagree"
    slight = 0.1 * agreed.uncertainty / size
    assert (
        compared(
            replace(right, gradients={**right.gradients, "1.weight": gradient * (1 + slight)})
        ).status
        == "agree"
    )


def test_probes_are_for_large_problems_and_the_others_for_small_ones() -> None:
    """A small problem never hears of them; a large one says why the others are silent."""
    oracles = registry.choose_oracles(["finite_difference", "complex_step", "directional_probes"])
    few = Examination(hand_written.problem(network(2, 3)), oracles).evidence
    assert [e.oracle for e in few.estimates] == ["function", "finite_difference", "complex_step"]
    assert not few.refusals
    assert LARGE.size == hand_written.problem(LARGE).size not in ELEMENTWISE
    many = Examination(hand_written.problem(LARGE), oracles).evidence
    assert [e.oracle for e in many.estimates] == ["function", "directional_probes"]
    assert many.refusals["complex_step"] == (
        f"it is for at most 10,000 elements, and the arguments have {LARGE.size:,}"
    )


def test_the_formula_of_larger_problems_is_rerun_in_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    """On balls up to a size, then in the widest floats, then in float64; always the same."""
    on_balls = rerun(SMALL, "vectorised")
    monkeypatch.setattr(formula, "LARGEST", 10)
    noise = dict.fromkeys(SMALL.arguments, 1e-15)
    in_wide = rerun(SMALL, "vectorised", lambda: noise)
    monkeypatch.setattr(formula, "LARGEST_WIDE", 10)
    in_float64 = rerun(SMALL, "vectorised", lambda: noise)
    assert in_float64.gradients["1.weight"].dtype == np.float64
    for made in (in_wide, in_float64):
        gap = np.abs(made.gradients["1.weight"] - on_balls.gradients["1.weight"])
        assert np.all(gap <= made.own["1.weight"] + on_balls.own["1.weight"])
    assert np.max(in_wide.own["1.weight"]) < 1e-3 * np.max(in_float64.own["1.weight"]) or (
        WIDE is np.float64
    )
