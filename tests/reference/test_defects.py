"""Gradients that frameworks are known to get wrong: on trial, beside right ones."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest

from clinometer.conventions import VERSIONS
from clinometer.examination import Examination
from clinometer.formula import rerun
from clinometer.oracles import ball_arithmetic
from clinometer.verdict import Verdict
from tests.reference.defects import DEFECTS, Defect, gradient_by

CASES = [
    pytest.param(
        framework, defect, marks=getattr(pytest.mark, framework), id=f"{framework}: {defect.name}"
    )
    for defect in DEFECTS
    for framework in VERSIONS
]


def verdict_on(defect: Defect, framework: str, *, traced: str | None) -> Verdict:
    """Of balls alone on the framework's gradient, held to its own spread or to another's."""
    gradients = {**defect.problem.gradients, framework: gradient_by(framework, defect.problem)}
    problem = replace(defect.problem, gradients=gradients, traced=traced)
    return Examination(problem, {"ball_arithmetic": ball_arithmetic}).at_the_point(framework)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_gradient_by_hand_is_right(defect: Defect) -> None:
    """As a formula, and in the dtype in which the frameworks fail."""
    examination = Examination(defect.problem, {"ball_arithmetic": ball_arithmetic})
    verdict = examination.at_the_point("hand_written")
    assert verdict.witnesses == {
        "function": "agree",
        "ball_arithmetic": "agree",
        "rounding": "agree",
    }


@pytest.mark.parametrize(("framework", "defect"), CASES)
def test_the_defect_is_there_and_clinometer_sees_it(framework: str, defect: Defect) -> None:
    """As large as it is said to be, and beyond the rounding of a gradient that is written well.

    A framework that is not named as wrong never disagrees.
    """
    if framework not in defect.errors:
        assert verdict_on(defect, framework, traced="hand_written").status != "disagree"
        return
    if version(framework).partition("+")[0] != VERSIONS[framework]:
        pytest.skip(f"the defect is one of {framework} {VERSIONS[framework]}")
    assert error_of(defect, framework) >= defect.errors[framework] / 2
    verdict = verdict_on(defect, framework, traced="hand_written")
    assert verdict.status == "disagree"
    if defect.problem.dtype == "float64":  # in which a framework's formula is judged
        assert verdict.witnesses["ball_arithmetic"] == "disagree"


@pytest.mark.parametrize(("framework", "defect"), CASES)
def test_its_own_spread_tells_a_wrong_operation_from_a_poor_formula(
    framework: str, defect: Defect
) -> None:
    """What its own operations explain is no disagreement with them; what they do not, is one."""
    if version(framework).partition("+")[0] != VERSIONS[framework]:
        pytest.skip(f"the defect is one of {framework} {VERSIONS[framework]}")
    status = verdict_on(defect, framework, traced=None).status
    assert (status == "disagree") == (framework in defect.beyond)


@np.errstate(all="ignore")
def error_of(defect: Defect, framework: str) -> float:
    """The largest error of the framework's gradient, beside the largest right element."""
    right = rerun(defect.problem, "hand_written").gradients
    _, gradients = gradient_by(framework, defect.problem)(defect.problem.cast(defect.problem.dtype))
    return max(
        float(np.max(np.abs(array - right[name])) / (np.max(np.abs(right[name])) or 1.0))
        for name, array in gradients.items()
    )
