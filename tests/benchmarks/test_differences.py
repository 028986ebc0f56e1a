"""Differences of whole gradients: what is timed of them, and what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import differences, large
from benchmarks.evaluations import evaluations
from benchmarks.proof import Wrong
from clinometer.estimate import Estimate
from clinometer.problem import Problem
from tests.benchmarks.runs import QUICK

NETWORK = ((8, 6, 3), 4)
#: What is timed of every network.
WHAT = [differences.BACKWARD, differences.FUNCTION, differences.NEURON_WISE]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is quicker than the others."""
    monkeypatch.setitem(differences.SIZES, "tiny", NETWORK)


@pytest.mark.parametrize("activation", differences.ACTIVATIONS)
def test_neuron_wise_differences_are_timed_where_their_uncertainty_holds(
    monkeypatch: pytest.MonkeyPatch, activation: str
) -> None:
    """And not where it does not."""
    rows = differences.measure("tiny", activation, QUICK)
    by_name = {row.candidate: row for row in rows}
    assert list(by_name) == [*WHAT, differences.PROVED, differences.CENTRAL]
    assert {row.workload for row in rows} == {f"8-6-3, batch 4, {activation}"}
    assert {(row.baseline, row.activation, row.size) for row in rows} == {
        (differences.BACKWARD, activation, 9 * 6 + 7 * 3 + 4 * 8)
    }
    assert 0 < by_name[differences.CENTRAL].error < differences.LARGEST_ERROR
    assert by_name[differences.CENTRAL].resolution is None
    for name in (differences.NEURON_WISE, differences.PROVED):
        assert 0 < by_name[name].error < by_name[name].resolution
        assert 0 < by_name[name].excess <= 1
    assert by_name[differences.BACKWARD].error is None
    assert (rows[0].speed, {row.floor for row in rows}) == (1, {rows[0].floor})
    honest = differences.neuron_wise.estimate

    def proud(problem: Problem) -> Estimate:
        estimate = honest(problem)
        bounds = {name: bound * 1e-6 for name, bound in estimate.uncertainties.items()}
        return replace(estimate, uncertainties=bounds)

    monkeypatch.setattr(differences.neuron_wise, "estimate", proud)
    with pytest.raises(Wrong, match="as large as its uncertainty"):
        differences.measure("tiny", activation, QUICK)


def test_central_differences_are_timed_where_they_are_right_and_not_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One element in which the backward pass is off by a part in ten thousand stops them."""
    problem = differences.problem_of("tiny", "tanh")
    before = {name: array.copy() for name, array in problem.arguments.items()}
    assert differences.central_accuracy(problem).error < differences.LARGEST_ERROR
    assert all(np.array_equal(before[name], problem.arguments[name]) for name in before)

    right = problem.gradients["vectorised"]

    def wrong(arguments):
        value, gradients = right(arguments)
        bias = gradients["1.bias"].copy()
        bias[np.abs(bias).argmax()] *= 1.0001
        return value, {**gradients, "1.bias": bias}

    with pytest.raises(Wrong, match="central differences are off by 1"):
        differences.central_accuracy(replace(problem, gradients={"vectorised": wrong}))
    monkeypatch.setattr(differences, "MOST", problem.size - 1)
    rows = differences.measure("tiny", "tanh", QUICK)
    assert [row.candidate for row in rows] == WHAT


def test_evaluations_are_counted_by_the_function_itself() -> None:
    """Two for each element by central differences; four for each neuron and 42 by neurons."""
    problem = differences.problem_of("tiny", "tanh")
    counts = {row.candidate: row.evaluations for row in differences.measure("tiny", "tanh", QUICK)}
    neurons, places = 6 + 3, 2
    assert counts == {
        differences.BACKWARD: 0,
        differences.FUNCTION: 1,
        differences.NEURON_WISE: counts[differences.NEURON_WISE],
        differences.PROVED: 0,
        differences.CENTRAL: 2 * problem.size,
    }
    behind = counts[differences.NEURON_WISE] - 42
    assert 4 * neurons + places <= behind <= 4 * neurons + 10 * places
    probed = large.Prober(problem)
    probed.estimate()
    assert evaluations(problem, lambda p: large.Prober(p).estimate()) == probed.evaluations


def test_a_wrong_element_of_a_large_gradient_is_found_and_the_search_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All those that are promised, in a small network here; what misses one is not timed."""
    lines = large.measure((64, 48, 10), 6, QUICK)
    found = [line for line in lines if isinstance(line, large.Found)]
    rows = [line for line in lines if isinstance(line, differences.Difference)]
    assert [row.relative for row in found] == list(large.RELATIVE_ERRORS)
    for one in found:
        assert one.kept == one.promised <= one.exact <= one.tried == 6
        assert rows[2].evaluations < one.fewest <= one.most
    assert found[0].promised == 6
    assert [row.candidate for row in rows] == [
        *WHAT[:2],
        "probes of every array",
        "bisection, error 1",
        "bisection, error 1e-4",
    ]
    assert {row.size for row in rows} == {65 * 48 + 49 * 10 + large.BATCH * 64}
    assert [row.evaluations for row in rows[:2]] == [0, 1]
    assert all(0 < row.evaluations < rows[2].evaluations for row in rows[3:])
    monkeypatch.setattr(large, "locate", lambda prober, wrong, name: large.Located(name))
    with pytest.raises(Wrong, match="of errors of 1 some were not found that had to be"):
        large.measure((64, 48, 10), 1, QUICK)
