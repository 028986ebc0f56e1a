"""The complex step: what a tie costs, and numbers in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.estimate import Estimate
from clinometer.formula import WIDE
from clinometer.oracles import complex_step
from clinometer.oracles.complex_step import SAMPLES
from clinometer.problem import Problem

MATRIX = np.array([[1.0, 3.0, 2.0], [5.0, 4.0, 4.5]])
TIED = np.array([[1.0, 3.0, 3.0], [5.0, 4.0, 4.5]])


def estimated(function: Any, x: Any) -> Estimate:
    """Of a function of one array, whose calls are counted."""
    calls = []

    def counted(arguments: Any) -> Any:
        calls.append(1)
        return function(arguments["x"])

    estimate = complex_step.estimate(Problem(counted, {}, {"x": x}))
    assert estimate.oracle == "complex_step"
    assert estimate.evaluations == len(calls)
    return estimate


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(x * x),
        lambda x: np.sum(np.max(x, axis=1)),
        lambda x: np.sum(np.maximum.accumulate(x, axis=1)),
        np.max,
        lambda x: np.sum(np.abs(x)),
    ],
)
def test_what_meets_no_tie_takes_one_evaluation_for_each_element(function: Any) -> None:
    """And a few with noise."""
    estimate = estimated(function, MATRIX)
    assert estimate.evaluations == MATRIX.size + SAMPLES
    assert not estimate.kinks["x"].any()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(np.max(x, axis=1)),
        lambda x: np.sum(np.max(x.T, axis=0)),
        lambda x: np.sum(np.maximum(x[:, 1], x[:, 2])),
        lambda x: np.sum(np.abs(x[:, 1] - x[:, 2])) / 2,
    ],
)
def test_only_what_ties_is_moved_to_both_sides(function: Any) -> None:
    """The noise is measured on both as well."""
    estimate = estimated(function, TIED)
    assert estimate.evaluations == TIED.size + 2 + 2 * SAMPLES
    tied = np.array([[False, True, True], [False, False, False]])
    np.testing.assert_array_equal(estimate.kinks["x"], tied)
    assert np.all(np.abs(estimate.uncertainties["x"][tied] - 0.5) < 1e-15)
    assert np.all(estimate.uncertainties["x"][~tied] < 1e-15)


def test_arrays_may_lie_in_any_order() -> None:
    """As transposed ones do, and slices, and what has no axis."""
    estimate = estimated(lambda x: np.sum(np.exp(x.T)[::2, ::-1]) + np.exp(x)[1, 1], MATRIX)
    right = np.exp(MATRIX.astype(WIDE)) * [[1, 0, 1], [1, 1, 1]]
    error = np.abs(estimate.gradients["x"] - right)
    assert np.all(error <= estimate.uncertainties["x"])
    assert np.all(estimate.uncertainties["x"] < 1e-10)


def test_evaluations_add_up_over_the_arguments() -> None:
    """And each has its own ties."""
    calls = []

    def function(arguments: Any) -> Any:
        calls.append(1)
        return np.sum(arguments["x"] ** 2) + np.abs(arguments["y"]).sum()

    point = {"x": MATRIX, "y": np.array([0.0, 2.0])}
    estimate = complex_step.estimate(Problem(function, {}, point))
    assert estimate.evaluations == len(calls) == MATRIX.size + SAMPLES + 3 + 2 * SAMPLES
    assert not estimate.kinks["x"].any()
    np.testing.assert_array_equal(estimate.kinks["y"], [True, False])
