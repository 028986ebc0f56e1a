"""Probes of all arrays at once: few evaluations, and the right array accused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from clinometer.adapters.numpy import Hidden
from clinometer.agreement import against_oracle
from clinometer.estimate import Estimate
from clinometer.formula import Formula
from clinometer.joint_probes import JointProbes
from clinometer.problem import Problem

NAMES = "abcdefghij"
POINT = {n: np.random.default_rng(k).normal(size=(3, 4)) for k, n in enumerate(NAMES)}


def problem(sizes: Mapping[str, float], errors: Mapping[str, float]) -> Problem:
    """Σ size · sin over arrays, in plain floats, with a gradient that is off in one element."""

    def function(arguments: Any) -> Any:
        return np.float64(sum(sizes.get(n, 1) * np.sum(np.sin(x)) for n, x in arguments.items()))

    def gradient(arguments: Any) -> Any:
        gradients = {n: sizes.get(n, 1) * np.cos(x) for n, x in arguments.items()}
        for name, error in errors.items():
            gradients[name][1, 2] += error
        return function(arguments), gradients

    return Problem(Hidden(function), {"mine": Hidden(gradient)}, POINT)


def statuses(found: Problem, estimate: Estimate) -> dict[str, str]:
    gradients = found.gradients["mine"](found.arguments)[1]
    formula = Formula(gradients, {n: np.zeros(g.shape) for n, g in gradients.items()})
    return {n: against_oracle(n, formula, estimate, 1.0).status for n in gradients}


def test_ten_right_arrays_take_no_more_than_one() -> None:
    """Each is reported, with the part of the slope that is its own."""
    right = problem({}, {})
    estimate = JointProbes("mine", 200).estimate(right)
    assert estimate.evaluations < 40
    assert statuses(right, estimate) == dict.fromkeys(NAMES, "agree")


@pytest.mark.parametrize("wrong", ["a", "f"])
def test_a_wrong_array_is_the_one_accused(wrong: str) -> None:
    """Though it spoils the sum for all."""
    spoilt = problem({}, {wrong: 1e-6})
    probes = JointProbes("mine", 200)
    found = statuses(spoilt, probes.estimate(spoilt))
    assert found == {n: "disagree" if n == wrong else "agree" for n in NAMES}
    assert probes.suspects == (wrong,)
    nearby = probes.estimate(spoilt.nudged(1))
    assert list(nearby.gradients) == [wrong]
    assert nearby.evaluations < 40


def test_errors_that_cancel_in_the_sum_of_all_do_not_agree() -> None:
    """As each direction has its own jitter."""
    spoilt = problem({}, {"a": 1e-3, "b": -1e-3, "c": 1e-3, "d": -1e-3})
    found = statuses(spoilt, JointProbes("mine", 200).estimate(spoilt))
    assert [n for n in NAMES if found[n] == "disagree"] == list("abcd")


def test_an_array_that_would_drown_is_probed_alone_or_left_open() -> None:
    """As far as the evaluations go; where they do not, nothing is said of it."""
    uneven = problem({"c": 1e-9}, {})
    alone = JointProbes("mine", 200).estimate(uneven)
    unsure = JointProbes("mine", 10).estimate(uneven)
    assert alone.uncertainties["c"].max() < unsure.uncertainties["c"].max() / 2
    assert alone.evaluations > unsure.evaluations
    assert statuses(uneven, unsure)["c"] == "inconclusive"


def test_arrays_without_a_slope_are_probed_together() -> None:
    """Of which a part as large as of the others tells nothing, and each alone would be dear."""
    flat = problem({"c": 0, "d": 0, "e": 0}, {})
    estimate = JointProbes("mine", 200).estimate(flat)
    assert statuses(flat, estimate) == dict.fromkeys(NAMES, "agree")
    assert estimate.evaluations < 60
    assert statuses(flat, JointProbes("mine", 10).estimate(flat))["c"] == "agree"  # nothing moves


def test_of_arrays_that_should_have_no_slope_the_one_that_has_is_accused() -> None:
    """Though it would drown beside the others."""
    spoilt = problem({"c": 0, "d": 1e-8, "e": 0}, {})
    zeros = {n: np.zeros_like(a) for n, a in POINT.items() if n in "cde"}

    def gradient(arguments: Any) -> Any:
        value, gradients = spoilt.gradients["mine"](arguments)
        return value, gradients | zeros

    wrong = Problem(spoilt.function, {"mine": Hidden(gradient)}, POINT)
    probes = JointProbes("mine", 200)
    found = statuses(wrong, probes.estimate(wrong))
    assert [n for n in NAMES if found[n] == "disagree"] == ["d"]
    assert probes.suspects == ("d",)


def test_an_array_without_a_gradient_leaves_the_others_to_themselves() -> None:
    """Since the sum needs all."""

    def gradient(arguments: Any) -> Any:
        value, gradients = right.gradients["mine"](arguments)
        return value, {n: g for n, g in gradients.items() if n != "a"}

    right = problem({}, {})
    partly = Problem(right.function, {"mine": Hidden(gradient)}, POINT)
    found = statuses(partly, JointProbes("mine", 0).estimate(partly))
    assert found == dict.fromkeys(NAMES[1:], "agree")
