"""The verdict's rule on estimates made up for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.comparison import Comparison
from clinometer.estimate import Estimate
from clinometer.formula import CONSTANTS
from clinometer.problem import Problem
from clinometer.verdict import Evidence, Verdict, judge, worst

X = np.array([1.0, 2.0, -3.0])


def judged(
    gradient: Any = lambda x: 2 * x,
    estimates: list[tuple[Any, float]] | None = None,
    kinks: Any = None,
    noise: float = 1e-17,
) -> Verdict:
    """The verdict on a gradient of Σ x² beside estimates with one uncertainty each."""
    problem = Problem(
        lambda arguments: (arguments["x"] ** 2).sum(),
        {"mine": lambda arguments: ((arguments["x"] ** 2).sum(), {"x": gradient(arguments["x"])})},
        {"x": X},
    )
    flags = {} if kinks is None else {"x": np.array(kinks)}
    made = [
        Estimate(f"oracle {n}", {"x": np.array(g)}, {"x": np.full(3, u)}, 1, flags)
        for n, (g, u) in enumerate(estimates or [(2 * X, 1e-12)])
    ]
    spread = {"float64": {"value": np.array(noise), "x": np.full(3, noise)}}
    return judge(problem, "mine", Evidence(made, {"mine": spread}))


def by_oracle(verdict: Verdict) -> Comparison:
    """The comparison with the first oracle."""
    return next(c for c in verdict.comparisons if c.witness == "oracle 0")


def test_right_gradients_agree() -> None:
    """With every witness: the oracle and rounding."""
    verdict = judged()
    assert verdict.status == "agree"
    assert verdict.witnesses == {"oracle 0": "agree", "rounding": "agree"}


def test_the_worst_element_is_named_with_both_values() -> None:
    """Where, how much, and by how many uncertainties."""
    verdict = judged(lambda x: 2 * x + np.array([0, 1e-3, 2e-3], dtype=x.dtype))
    (found,) = verdict.disagreements
    assert (found.array, found.witness, found.index) == ("x", "oracle 0", (2,))
    assert (found.on_trial, found.reference) == (pytest.approx(-5.998), -6.0)
    assert found.ratio == pytest.approx(2e-3 / (1e-12 + CONSTANTS * 5.998), rel=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_disagrees(bad: float) -> None:
    """Comparisons are written so that NaN fails."""
    spoilt = np.array([0, bad, 0])
    assert judged(lambda x: 2 * x + spoilt.astype(x.dtype)).status == "disagree"
    assert judged(estimates=[(2 * X + spoilt, 1e-12)]).status == "disagree"


def test_an_uncertainty_that_hides_the_gradient_is_inconclusive() -> None:
    """Neither an agreement nor a disagreement, and the reason is given."""
    verdict = judged(estimates=[(2 * X, 0.1)])
    assert verdict.status == "inconclusive"
    assert by_oracle(verdict).reason == "the uncertainty hides the gradient"


def test_a_nan_uncertainty_never_agrees() -> None:
    """An oracle that knows nothing cannot say yes."""
    assert judged(estimates=[(2 * X, np.nan)]).status == "disagree"
    assert judged(estimates=[(2 * X, np.inf)]).status == "inconclusive"


def test_a_sure_oracle_makes_up_for_an_unsure_one_but_not_for_a_contradiction() -> None:
    """One agreement beside one inconclusive is an agreement; beside a disagreement it is none."""
    assert judged(estimates=[(2 * X, 1e-12), (2 * X, 1.0)]).status == "agree"
    assert judged(estimates=[(2 * X, 1e-12), (3 * X, 1e-12)]).status == "disagree"


def test_elements_on_a_kink_are_left_out_and_counted() -> None:
    """What is on a kink can be off; what is not, cannot."""
    off = 2 * X + np.array([0.5, 0, 0])
    verdict = judged(estimates=[(off, 1e-12)], kinks=[True, False, False])
    assert verdict.status == "agree"
    assert by_oracle(verdict).kinks == 1
    assert judged(estimates=[(off, 1e-12)], kinks=[False, True, False]).status == "disagree"
    assert judged(estimates=[(off, 1e-12)], kinks=[True] * 3).status == "inconclusive"


def test_a_gradient_of_exactly_zero_is_judged_by_the_problem_s_scale() -> None:
    """Zero beside an estimate of zero is an agreement if other arrays show that it could differ."""
    problem = Problem(
        lambda arguments: (arguments["x"] ** 2).sum(),
        {"mine": lambda a: ((a["x"] ** 2).sum(), {"x": 2 * a["x"], "dead": 0 * a["dead"]})},
        {"x": X, "dead": X},
    )
    spread = {"float64": {name: np.zeros(3) for name in ("x", "dead")} | {"value": np.zeros(())}}
    for uncertainty, status in ((1e-12, "agree"), (1e-3, "inconclusive")):
        bounds = {"x": np.full(3, 1e-12), "dead": np.full(3, uncertainty)}
        estimate = Estimate("oracle", {"x": 2 * X, "dead": 0 * X}, bounds, 1)
        evidence = Evidence([estimate], {"mine": spread})
        assert judge(problem, "mine", evidence).arrays["dead"] == status


def test_rounding_beyond_its_bound_disagrees() -> None:
    """A gradient that is right as a formula but computed in float16 on the way."""

    def sloppy(x: Any) -> Any:
        return (
            (2 * x / 3).astype(np.float16).astype(x.dtype) if x.dtype == np.float64 else 2 * x / 3
        )

    verdict = judged(sloppy, estimates=[(2 * X / 3, 1e-12)])
    assert verdict.witnesses == {"oracle 0": "agree", "rounding": "disagree"}
    assert verdict.status == "disagree"


def test_rounding_that_leaves_no_digits_is_said_and_costs_nothing() -> None:
    """The formula can be right where the dtype cannot show it."""
    verdict = judged(lambda x: 2 * x * (1 + 1e-3 * (x.dtype == np.float64)), noise=1.0)
    assert verdict.witnesses == {"oracle 0": "agree", "rounding": "inconclusive"}
    assert verdict.status == "agree"


def test_vacuous_evidence_is_recognised() -> None:
    """No estimate tells any gradient from zero."""
    zero = Estimate("oracle", {"x": 0 * X}, {"x": np.full(3, 1e-300)}, 1)
    live = Estimate("oracle", {"x": 2 * X}, {"x": np.full(3, 1e-3)}, 1)
    assert Evidence([zero]).vacuous
    assert not Evidence([zero, live]).vacuous


def test_statuses_combine_to_the_worst() -> None:
    """Nothing at all is not an agreement."""
    assert worst(["agree", "inconclusive", "disagree"]) == "disagree"
    assert worst(["agree", "inconclusive"]) == "inconclusive"
    assert worst(["agree", "agree"]) == "agree"
    assert worst([]) == "inconclusive"
