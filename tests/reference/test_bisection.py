"""Bisection: from an array whose probes disagree to the elements that are wrong."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from clinometer import registry
from clinometer.agreement import against_oracle
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.bisection import Located, locate
from clinometer.campaign.findings import Findings
from clinometer.campaign.run import examine
from clinometer.directions import Directions
from clinometer.formula import Formula, rerun
from clinometer.oracles import directional_probes
from clinometer.probing import PROBES, Prober
from clinometer.problem import Problem
from clinometer.report import terminal
from clinometer.report.finding import print_finding
from clinometer.rounding import SAMPLES
from clinometer.subjects import hand_written
from handgrad.kernels import kernel

PROBE = registry.choose_oracles(["directional_probes"])


def network(*widths: int, activation: Any = Tanh) -> Case:
    """Dense layers of those widths after the first, which is the input's."""
    first, *others = widths
    layers = [layer for width in others for layer in (Dense(width), activation())]
    return Case(Architecture((first,), tuple(layers[:-1])), batch=3)


SMALL = hand_written.problem(network(20, 64, 48, 10))
LARGE = network(40, 128, 64, 10)


def spoilt(gradients: dict[str, Any], name: str, change: Any) -> dict[str, Any]:
    """The gradients with one of them changed by a function."""
    return {**gradients, name: change(gradients[name].copy())}


def at(index: tuple[int, ...], factor: float) -> Any:
    """A change of one element by a factor."""

    def change(gradient: Any) -> Any:
        gradient[index] *= factor
        return gradient

    return change


@pytest.fixture(scope="module")
def right() -> Formula:
    """The right gradient of the small network."""
    return rerun(SMALL, "vectorised")


def found(right: Formula, name: str, change: Any) -> tuple[Located, Prober]:
    """What bisection finds in an array that was changed, all arrays probed before."""
    prober = Prober(SMALL)
    prober.estimate()
    wrong = Formula(spoilt(right.gradients, name, change), right.own)
    return locate(prober, wrong, name), prober


@pytest.mark.parametrize("relative", [1.0, 0.1, 1e-2, 1e-4])
@pytest.mark.parametrize("name", ["1.weight", "3.weight", "5.bias", "x"])
def test_one_wrong_element_is_found_exactly(right: Formula, name: str, relative: float) -> None:
    """Wherever it is, with its right value, and with few evaluations of the function."""
    random = np.random.default_rng(1)
    gradient = right.gradients[name]
    for element in random.integers(gradient.size, size=8):
        index = tuple(int(i) for i in np.unravel_index(element, gradient.shape))
        located, prober = found(right, name, at(index, 1 + relative))
        assert [e.index for e in located.elements] == [index]
        assert located.explained
        named = located.elements[0]
        assert named.on_trial == pytest.approx(float(gradient[index]) * (1 + relative), rel=1e-12)
        assert abs(named.reference - gradient[index]) <= named.uncertainty
        arrays = len(SMALL.arguments)
        halvings = math.ceil(math.log2(gradient.size))
        assert prober.evaluations <= 2 + SAMPLES + 4 * (PROBES * arrays + halvings) + 8


def test_large_errors_of_one_element_need_no_halving(right: Formula) -> None:
    """Two probes know it at once: one more probe, and the difference along it."""
    located, prober = found(right, "3.weight", at((50, 40), 2.0))
    assert located.explained
    assert prober.evaluations <= 2 + SAMPLES + 4 * PROBES * len(SMALL.arguments) + 12


def test_small_errors_among_many_elements_need_less_than_halving() -> None:
    """Further directions sift the elements, where 18 halvings would take 36 evaluations."""
    x = np.random.default_rng(0).standard_normal(2**18)
    prober = Prober(Problem(lambda point: np.sum(np.sin(point["x"])), {}, {"x": x}, "float64"))
    prober.estimate()
    probing, places = prober.evaluations, range(3, x.size, x.size // 8)
    for element in places:
        gradient = np.cos(x)
        gradient[element] += 1e-6
        located = locate(prober, Formula({"x": gradient}, {"x": np.zeros_like(x)}), "x")
        assert [e.index for e in located.elements] == [(element,)]
    assert prober.evaluations - probing <= 20 * len(places)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_few_wrong_elements_are_all_found(right: Formula, count: int) -> None:
    """One after the other, each taken out of what the probes saw."""
    random = np.random.default_rng(2)
    for _ in range(5):
        places = random.choice(right.gradients["1.weight"].size, size=count, replace=False)

        def change(gradient: Any, places: Any = places) -> Any:
            gradient.reshape(-1)[places] *= 1.5
            return gradient

        located, _ = found(right, "1.weight", change)
        flat = [np.ravel_multi_index(e.index, (20, 64)) for e in located.elements]
        assert sorted(flat) == sorted(places)
        assert located.explained


def test_what_cancels_along_one_direction_is_seen_along_the_other(right: Formula) -> None:
    """Two errors made so, and bisection finds both."""
    first = Directions("1.weight", SMALL.arguments["1.weight"])[0]

    def change(gradient: Any) -> Any:
        gradient[one] += 1e-3 / first[one]
        gradient[other] -= 1e-3 / first[other]
        return gradient

    estimate = directional_probes.estimate(SMALL)
    for row in range(20):
        one, other = (row, 9), (row, 50)
        changed = spoilt(right.gradients, "1.weight", change)
        wrong = replace(right, gradients=changed, balls={}, excused=None)
        seen = against_oracle("1.weight", wrong, estimate, 1.0)
        assert (seen.status, seen.index) == ("disagree", (1,))
        located, _ = found(right, "1.weight", change)
        assert {e.index for e in located.elements} == {one, other}
        assert located.explained


@pytest.mark.parametrize(
    "change", [lambda g: 1.01 * g, lambda g: -g, lambda g: 0 * g, lambda g: g + 1e-3, np.flip]
)
def test_an_array_that_is_wrong_all_over_is_named_as_such(right: Formula, change: Any) -> None:
    """No single element is blamed for it."""
    located, _ = found(right, "3.weight", change)
    assert located.whole
    assert located.block == ((0, 0), (63, 47))
    assert located.elements == ()


def test_one_wrong_row_is_named_as_a_block_within_it(right: Formula) -> None:
    """Bisection goes in the order of the array."""

    def change(gradient: Any) -> Any:
        gradient[37] *= 2
        return gradient

    located, _ = found(right, "3.weight", change)
    assert located.block is not None
    assert not located.whole
    assert {index[0] for index in located.block} == {37}


def test_nothing_is_located_where_nothing_is_wrong(right: Formula) -> None:
    """And no evaluation is spent on it."""
    located, prober = found(right, "3.weight", lambda g: g)
    assert located == Located("3.weight", explained=True)
    assert prober.evaluations == 2 + SAMPLES + 4 * PROBES * len(SMALL.arguments)


def test_the_gradient_on_trial_is_not_computed_again(right: Formula) -> None:
    """Bisection needs the function alone."""
    prober = Prober(replace(SMALL, gradients={}))
    wrong = Formula(spoilt(right.gradients, "1.weight", at((3, 5), 1.1)), right.own)
    assert [e.index for e in locate(prober, wrong, "1.weight").elements] == [(3, 5)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_wrong_element_in_a_large_case_is_named(
    monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    """By layer, parameter and index, and so is what may have been missed elsewhere."""
    chosen = kernel("vectorised", "dense")
    backward = chosen.backward

    def wrong(dy: Any, cache: Any) -> tuple[Any, ...]:
        dx, dweight, dbias = backward(dy, cache)
        if dweight.shape == (128, 64):
            dweight = dweight.copy()
            dweight[5, 7] *= 1.001
        return dx, dweight, dbias

    monkeypatch.setattr(chosen, "backward", wrong)
    subject = registry.choose_subjects(["vectorised"])
    outcome = examine(replace(LARGE, dtype=dtype), subject, PROBE)
    verdict = outcome.verdicts["vectorised"]
    assert [n for n, status in verdict.arrays.items() if status == "disagree"] == ["3.weight"]
    (finding,) = Findings(subject, PROBE).of_one(outcome)
    assert finding.located is not None
    assert [element.index for element in finding.located.elements] == [(5, 7)]
    console = Console(file=io.StringIO(), width=300, color_system=None)
    terminal.print_outcome(console, outcome)
    print_finding(console, 1, finding)
    text = console.file.getvalue()
    assert "layer 3 (dense), weight: the slope along direction" in text
    assert "element [5, 7] is" in text
    assert "is missed with a probability below 1e-06" in text
