"""The verdict's rule on estimates made up for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from clinometer.adapters.numpy import Hidden
from clinometer.agreement import HIDDEN
from clinometer.comparison import Comparison
from clinometer.dtypes import NARROW
from clinometer.estimate import Estimate
from clinometer.examination import Examination
from clinometer.oracles import complex_step
from clinometer.problem import Problem
from clinometer.rounding import gradient_noise
from clinometer.verdict import Evidence, Verdict, judge, worst

X = np.array([1.0, 2.0, -3.0])


def judged(
    gradient: Any = lambda x: 2 * x,
    estimates: list[tuple[Any, Any]] | None = None,
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
    spread = {"value": np.array(noise), "x": np.full(3, noise)}
    return judge(problem, "mine", Evidence(made, lambda subject, dtype: spread))


def by_oracle(verdict: Verdict) -> Comparison:
    """The comparison with the first oracle."""
    return next(c for c in verdict.comparisons if c.witness == "oracle 0")


def test_right_gradients_agree() -> None:
    """With every witness: the oracle and rounding."""
    verdict = judged()
    assert verdict.status == "agree"
    assert verdict.witnesses == {"oracle 0": "agree", "rounding": "agree"}


def test_a_gradient_that_breaks_off_in_its_own_dtype_alone_disagrees() -> None:
    """On balls it has a formula, and that agrees."""

    def breaks_off(x: Any) -> Any:
        if x.dtype == np.float64:
            raise ZeroDivisionError("oh")
        return 2 * x

    verdict = judged(breaks_off)
    assert verdict.status == "disagree"
    assert verdict.witnesses["contract"] == "disagree"
    assert verdict.disagreements[0].reason == "the gradient raised ZeroDivisionError: oh"


def test_a_function_without_a_value_disagrees() -> None:
    """There is nothing to compare a gradient with."""
    problem = Problem(lambda arguments: 0.0, {"mine": lambda a: (0.0, a)}, {"x": X})
    (found,) = judge(problem, "mine", Evidence(failure="it raised")).comparisons
    assert found == Comparison("value", "contract", "disagree", "it raised")


@pytest.mark.parametrize("traced", [None, "another"])
def test_rounding_is_asked_for_in_the_dtypes_that_are_judged(traced: str | None) -> None:
    """In float64 for code that takes no balls, in the problem's own; by way of whom it says."""

    def right(arguments: Any) -> Any:
        return np.sum(arguments["x"] ** 2), {"x": 2 * arguments["x"]}

    asked = set()

    def noise(subject: str, dtype: str) -> dict[str, Any]:
        asked.add((subject, dtype))
        return {"value": np.zeros(()), "x": np.zeros(3)}

    problem = Problem(
        lambda a: right(a)[0], {"mine": Hidden(right)}, {"x": X}, "float32", traced=traced
    )
    judge(problem, "mine", Evidence(noise=noise))
    assert asked == {(traced or "mine", "float64"), (traced or "mine", "float32")}


def test_the_worst_element_is_named_with_both_values() -> None:
    """Where, how much, and by how many uncertainties."""
    verdict = judged(lambda x: 2 * x + np.array([0, 1e-3, 2e-3], dtype=x.dtype))
    (found,) = verdict.disagreements
    assert (found.array, found.witness, found.index) == ("x", "oracle 0", (2,))
    assert (found.on_trial, found.reference) == (pytest.approx(-5.998), -6.0)
    assert found.ratio == pytest.approx(2e9, rel=1e-2)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_disagrees(bad: float) -> None:
    """Comparisons are written so that NaN fails."""
    spoilt = np.array([0, bad, 0])
    assert judged(lambda x: 2 * x + spoilt.astype(x.dtype)).status == "disagree"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_oracle_without_a_finite_answer_neither_accuses_nor_acquits(bad: float) -> None:
    """Of the elements that it does answer it may still accuse."""
    estimates = [(2 * X + np.array([0, bad, 0]), 1e-12)]
    verdict = judged(estimates=estimates)
    assert verdict.status == "inconclusive"
    assert by_oracle(verdict).reason == "it has no finite answer here"
    wrong = judged(lambda x: 2 * x + np.array([0, 0, 1], dtype=x.dtype), estimates)
    assert wrong.status == "disagree"


def test_an_uncertainty_that_hides_the_gradient_is_inconclusive() -> None:
    """Neither an agreement nor a disagreement, and the reason is given."""
    verdict = judged(estimates=[(2 * X, 0.1)])
    assert verdict.status == "inconclusive"
    assert by_oracle(verdict).reason == "the uncertainty hides the gradient"


def test_a_nan_uncertainty_never_agrees() -> None:
    """An oracle that knows nothing cannot say yes."""
    for nothing in (np.nan, np.inf):
        assert judged(estimates=[(2 * X, nothing)]).status == "inconclusive"


def test_a_sure_oracle_makes_up_for_an_unsure_one_but_not_for_a_contradiction() -> None:
    """One agreement beside one inconclusive is an agreement; beside a disagreement it is none."""
    assert judged(estimates=[(2 * X, 1e-12), (2 * X, 1.0)]).status == "agree"
    assert judged(estimates=[(2 * X, 1e-12), (3 * X, 1e-12)]).status == "disagree"


ON_KINK = [True, False, False]


def test_elements_on_a_kink_are_counted_and_cost_the_others_nothing() -> None:
    """A kink's uncertainty says nothing of how well the smooth elements are known."""
    wide = np.array([1.0, 1e-12, 1e-12])
    found = by_oracle(judged(estimates=[(2 * X + [0.5, 0, 0], wide)], kinks=ON_KINK))
    assert (found.status, found.kinks, found.on_kink) == ("agree", 1, False)
    assert found.resolution < 1e-12
    assert judged(estimates=[(2 * X, wide)]).status == "inconclusive"
    assert judged(estimates=[(2 * X, wide)], kinks=[True] * 3).status == "inconclusive"


@pytest.mark.parametrize("off", [0.5, np.nan])
def test_an_element_outside_the_slopes_of_its_kink_disagrees(off: float) -> None:
    """It is named as such, unless it is no number, or a smooth element disagrees as well."""
    spoilt = np.array([off, 0, 0])
    found = by_oracle(judged(lambda x: 2 * x + spoilt.astype(x.dtype), kinks=ON_KINK))
    assert (found.status, found.index, found.on_kink) == ("disagree", (0,), off == 0.5)
    also = np.array([off, 1e-3, 0])
    found = by_oracle(judged(lambda x: 2 * x + also.astype(x.dtype), kinks=ON_KINK))
    assert (found.status, found.index, found.on_kink) == ("disagree", (1,), False)


def test_a_gradient_of_exactly_zero_is_judged_by_the_problem_s_scale() -> None:
    """Zero beside an estimate of zero is an agreement if other arrays show that it could differ."""
    problem = Problem(
        lambda arguments: (arguments["x"] ** 2).sum(),
        {"mine": lambda a: ((a["x"] ** 2).sum(), {"x": 2 * a["x"], "dead": 0 * a["dead"]})},
        {"x": X, "dead": X},
    )
    spread = {name: np.zeros(3) for name in ("x", "dead")} | {"value": np.zeros(())}
    for uncertainty, status in ((1e-12, "agree"), (1e-3, "inconclusive")):
        bounds = {"x": np.full(3, 1e-12), "dead": np.full(3, uncertainty)}
        estimate = Estimate("oracle", {"x": 2 * X, "dead": 0 * X}, bounds, 1)
        evidence = Evidence([estimate], lambda subject, dtype: spread)
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


def examined(function: Any, gradient: Any, dtype: str, **arguments: Any) -> Examination:
    """A function and its gradient by argument in a dtype, before the complex step."""
    problem = Problem(
        lambda a: function(**a),
        {"mine": lambda a: (function(**a), gradient(**a))},
        {name: np.array(array, dtype=float) for name, array in arguments.items()},
        dtype,
    )
    return Examination(problem, {"complex_step": complex_step})


def overflowing(x: Any) -> Any:
    """The gradient x of |x|² / 2 by way of |x|², which lies beyond 65 504 first."""
    return x * ((x * x).sum() / (x * x).sum())


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (1.0, "float16 overflows where the formula is finite"),
        (4096.0, "the formula gives what float16 cannot hold"),
    ],
)
def test_overflow_of_float16_is_inconclusive_with_a_reason(size: float, reason: str) -> None:
    """The formula stands as it is; what it gives or meets has no place in the dtype."""
    verdict = examined(
        lambda x: (x * x).sum() * (size / 2),
        lambda x: {"x": overflowing(x) * x.dtype.type(size)},
        "float16",
        x=[300.0, 2.0],
    ).at_the_point("mine")
    assert verdict.witnesses == {
        "function": "agree",
        "complex_step": "agree",
        "rounding": "inconclusive",
    }
    assert {c.reason for c in verdict.comparisons if c.witness == "rounding"} == {reason}
    assert verdict.status == "agree"


@pytest.mark.parametrize(("dtype", "count"), [("float16", 4000), ("bfloat16", 500)])
def test_a_sum_that_stops_growing_is_bad_rounding(dtype: str, count: int) -> None:
    """Σ 0.75 w added up in 16 bits: beyond 2 048, or 256, a term is less than half a digit."""
    terms = np.full((count, 2), 0.75)

    def added(w: Any, wide: Any) -> Any:
        x = 0 * w + terms.astype(w.dtype)
        return {"w": x.astype(wide if w.dtype == dtype else w.dtype).sum(axis=0).astype(w.dtype)}

    for wide, status in ((dtype, "disagree"), (np.float32, "agree")):
        verdict = examined(
            lambda w: (terms * w).sum(), lambda w, wide=wide: added(w, wide), dtype, w=[1.5, 2.0]
        ).verdict("mine")
        assert verdict.witnesses == {
            "function": "agree",
            "complex_step": "agree",
            "rounding": status,
        }


@pytest.mark.parametrize("narrow", [ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
def test_a_detour_through_a_coarser_dtype_is_bad_rounding_in_float16(narrow: Any) -> None:
    """Three digits of eleven are lost on the way, or seven."""

    def detour(x: Any) -> Any:
        y = np.exp(x)
        return {"x": y.astype(narrow).astype(x.dtype) if x.dtype == np.float16 else y}

    x = np.random.default_rng(0).integers(-64, 64, size=100) / 64
    for gradient, status in ((detour, "disagree"), (lambda x: {"x": np.exp(x)}, "agree")):
        verdict = examined(lambda x: np.exp(x).sum(), gradient, "float16", x=x).verdict("mine")
        assert verdict.witnesses == {
            "function": "agree",
            "complex_step": "agree",
            "rounding": status,
        }


@pytest.mark.parametrize("dtype", NARROW)
def test_a_formula_in_16_bits_is_judged_as_sharply_as_in_64(dtype: str) -> None:
    """A factor that is off by one part in ten thousand million, far below a digit."""
    for wrong, status in ((0.0, "agree"), (1e-10, "disagree")):
        verdict = examined(
            lambda x: np.exp(x).sum(),
            lambda x, wrong=wrong: {"x": np.exp(x) * x.dtype.type(1 + wrong)},
            dtype,
            x=[0.5, -1.0],
        ).verdict("mine")
        assert verdict.witnesses["complex_step"] == verdict.status == status


def test_vacuous_evidence_is_recognised() -> None:
    """No estimate tells any gradient from zero."""
    zero = Estimate("oracle", {"x": 0 * X}, {"x": np.full(3, 1e-300)}, 1)
    live = Estimate("oracle", {"x": 2 * X}, {"x": np.full(3, 1e-3)}, 1)
    assert Evidence([zero]).vacuous
    assert not Evidence([zero, live]).vacuous


def test_a_kink_is_left_to_those_who_prove_it() -> None:
    """Rounding may look like one to the others, who count only where there is no proof."""
    seen = Estimate("seen", {"x": X}, {"x": X}, 1, {"x": np.array([False, True, False])})
    proof = Estimate("proof", {"x": X}, {"x": X}, 1, {"x": np.zeros(3, dtype=bool)}, exact=True)
    assert Evidence([seen]).kinked
    assert not Evidence([seen, proof]).kinked
    assert Evidence([replace(seen, exact=True), proof]).kinked


def test_disagreements_come_in_the_order_of_their_size() -> None:
    """In units of the uncertainty, NaN first of all; those along a direction come last."""
    small, large, nan, along = (
        Comparison("x", name, "disagree", error=error, uncertainty=2.0, along=name == "along")
        for name, error in (("small", 3.0), ("large", 4.0), ("nan", np.nan), ("along", 1e9))
    )
    odd = replace(large, fault="large")
    verdict = Verdict((along, small, odd, large, nan))
    assert verdict.disagreements == [nan, large, small, along]
    assert verdict.odd_ones == [odd]


def test_a_verdict_is_hidden_where_no_array_can_be_told_from_zero() -> None:
    """Whatever is said of the value, and unless one array is judged or open for other reasons."""
    value = Comparison("value", "oracle", "agree")
    x, y = (Comparison(name, "oracle", "inconclusive", HIDDEN) for name in "xy")
    assert Verdict((value, x, y)).hidden
    assert not Verdict((value, x, replace(y, status="agree", reason=""))).hidden
    assert not Verdict((value, x, replace(y, reason="it has no finite answer here"))).hidden
    assert not Verdict((value, x, y, replace(y, witness="another", status="agree"))).hidden


def test_a_value_that_no_oracle_gives_is_judged_by_nobody() -> None:
    """Unless its rounding is wrong; and whoever breaks the contract is told so."""
    gradient = Comparison("x", "oracle", "agree")
    rounding = Comparison("value", "rounding", "agree")
    for value, arrays in (
        (rounding, {}),
        (replace(rounding, status="disagree"), {"value": "disagree"}),
        (replace(rounding, witness="oracle"), {"value": "agree"}),
        (replace(rounding, witness="contract", status="disagree"), {"value": "disagree"}),
    ):
        assert Verdict((value, gradient)).arrays == {**arrays, "x": "agree"}


def test_statuses_combine_to_the_worst() -> None:
    """Nothing at all is not an agreement."""
    assert worst(["agree", "inconclusive", "disagree"]) == "disagree"
    assert worst(["agree", "inconclusive"]) == "inconclusive"
    assert worst(["agree", "agree"]) == "agree"
    assert worst([]) == "inconclusive"


@np.errstate(all="ignore")
def test_a_value_that_16_bits_cannot_hold_leaves_no_gradient_to_judge() -> None:
    """A rectifier takes NaN for what is not positive, and its slope is zero there."""

    def both(arguments: Any) -> tuple[Any, dict[str, Any]]:
        x, b = arguments["x"], arguments["b"]
        z = x * x / (x * x).max() + b
        return np.maximum(z, 0).sum(), {"x": 0 * x, "b": (z > 0).astype(x.dtype)}

    x, b = np.array([300.0, 2.0]), np.array([0.5, 0.5])
    problem = Problem(lambda a: both(a)[0], {"mine": both}, {"x": x, "b": b}, dtype="float16")
    judged = judge(problem, "mine", Evidence(noise=lambda s, d: gradient_noise(problem, s, d)))
    (told,) = (c for c in judged.comparisons if c.array == "b" and c.witness == "rounding")
    assert both(problem.cast("float16"))[1]["b"].tolist() == [0.0, 1.0]  # and [1, 1] is right
    assert (told.status, told.reason[:17]) == ("inconclusive", "float16 overflows")
