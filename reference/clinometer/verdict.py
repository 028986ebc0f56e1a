"""Estimates in, verdict out: agree, disagree or inconclusive, array by array.

Two questions are kept apart. Is the formula right? The gradient on trial is computed again in
the widest precision at hand and compared with each oracle, within the oracle's uncertainty.
Is the rounding acceptable? The gradient in its own dtype is compared with that accurate one,
within the spread that stochastic arithmetic predicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from clinometer.contract import call
from clinometer.estimate import Estimate
from clinometer.problem import Problem
from clinometer.rounding import KAPPA, unit_roundoff

Status: TypeAlias = Literal["agree", "disagree", "inconclusive"]

#: An oracle judges an array only where its uncertainty is below this part of the gradient.
#: A limit of power, not a tolerance: it never turns a disagreement into an agreement.
CONCLUSIVE = 0.01
#: The same for an array that is exactly zero, as part of the problem's largest gradient.
CONCLUSIVE_ZERO = 1e-6

#: A spread above this part of the gradient is beyond the first-order model of rounding.
FIRST_ORDER = 0.03

#: The widest dtype that NumPy computes in here.
WIDE = np.longdouble if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps else np.float64


@dataclass(frozen=True)
class Evidence:
    """What is known at one point.

    Attributes:
        estimates: the oracles' answers.
        noise: the spread under rounding, by dtype and array.
        refusals: why an oracle did not answer, by its name.
        failure: why the function itself gave no value, if it did not.
    """

    estimates: Sequence[Estimate] = ()
    noise: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def vacuous(self) -> bool:
        """True where the function is as good as constant, so that any gradient would pass.

        No estimate tells a gradient from zero, and none has found a kink.
        """
        return not self.failure and not any(
            np.any(np.abs(gradient) > estimate.uncertainties[name])
            or np.any(estimate.kinks.get(name, False))
            for estimate in self.estimates
            for name, gradient in estimate.gradients.items()
            if name != "value"
        )


@dataclass(frozen=True)
class Comparison:
    """One array on trial beside one witness.

    Attributes:
        array: the argument's name, or `value` for the function itself.
        witness: an oracle, `rounding` (the same formula in a wider dtype) or `contract`.
        index, on_trial, reference, error, uncertainty: the element whose error is the largest in
            units of its uncertainty.
        resolution: the largest uncertainty over the largest gradient, which is the smallest
            relative error that would have shown in every element.
        kinks: the number of elements left out because the function has a kink along them.
        beside: True where the comparison was made at a point beside the problem's own.
    """

    array: str
    witness: str
    status: Status
    reason: str = ""
    index: tuple[int, ...] = ()
    on_trial: float = np.nan
    reference: float = np.nan
    error: float = np.nan
    uncertainty: float = np.nan
    resolution: float = np.inf
    kinks: int = 0
    beside: bool = False

    @property
    def ratio(self) -> float:
        """The error in units of the uncertainty: agreement goes up to 1."""
        if self.error == 0:
            return 0.0
        return self.error / self.uncertainty if self.uncertainty else np.inf


@dataclass(frozen=True)
class Verdict:
    """What all witnesses together say of one gradient."""

    comparisons: tuple[Comparison, ...]

    @property
    def status(self) -> Status:
        """The worst status of any array."""
        return worst(self.arrays.values())

    @property
    def arrays(self) -> dict[str, Status]:
        """The status of each array; the `value` is none where no oracle gives one."""
        names = dict.fromkeys(
            c.array
            for c in self.comparisons
            if c.array != "value" or c.witness != "rounding" or c.status == "disagree"
        )
        return {name: _combined([c for c in self.comparisons if c.array == name]) for name in names}

    @property
    def witnesses(self) -> dict[str, Status]:
        """What each witness says of all arrays."""
        names = dict.fromkeys(comparison.witness for comparison in self.comparisons)
        return {
            name: worst(c.status for c in self.comparisons if c.witness == name) for name in names
        }

    @property
    def disagreements(self) -> list[Comparison]:
        """The comparisons that disagree, the largest error in units of uncertainty first."""
        found = [c for c in self.comparisons if c.status == "disagree"]
        return sorted(found, key=lambda c: -np.nan_to_num(c.ratio, nan=np.inf))


def worst(statuses: Iterable[Status]) -> Status:
    """Disagree before inconclusive before agree; nothing at all is inconclusive."""
    found = set(statuses)
    if "disagree" in found:
        return "disagree"
    return "agree" if found == {"agree"} else "inconclusive"


def _combined(comparisons: Sequence[Comparison]) -> Status:
    """One oracle that is sure makes up for others that are not.

    Rounding that cannot be judged takes nothing from a formula that is right; rounding that
    is wrong does.
    """
    statuses = {c.status for c in comparisons}
    if "disagree" in statuses:
        return "disagree"
    formula = {c.status for c in comparisons if c.witness != "rounding"}
    return "agree" if "agree" in formula else "inconclusive"


@np.errstate(all="ignore")  # what is not finite shows in the verdict
def judge(problem: Problem, subject: str, evidence: Evidence) -> Verdict:
    """The verdict on one of the problem's gradients, at the problem's point alone."""
    if evidence.failure:
        return Verdict((Comparison("value", "contract", "disagree", evidence.failure),))
    gradient = problem.gradients[subject]
    rounded, broken = call(gradient, problem.cast(problem.dtype))
    exact, broken_wide = call(gradient, problem.cast(WIDE))
    broken = broken_wide | broken
    comparisons = [Comparison(name, "contract", "disagree", text) for name, text in broken.items()]
    sound = {name: array for name, array in exact.items() if name not in broken}
    largest = max(
        (_largest(array) for name, array in sound.items() if name != "value"), default=0.0
    )
    narrower = unit_roundoff(WIDE) / unit_roundoff(np.float64)
    for name, array in sound.items():
        own = rounding_bound(evidence.noise["float64"].get(name, 0.0) * narrower, array, WIDE)
        comparisons += [
            _against_oracle(name, array, own, estimate, largest)
            for estimate in evidence.estimates
            if name in estimate.gradients
        ]
        noise = evidence.noise[problem.dtype].get(name)
        comparisons.append(_against_itself(name, rounded[name], array, noise, problem.dtype))
    return Verdict(tuple(comparisons))


def _against_oracle(
    name: str, exact: Any, own: Any, estimate: Estimate, largest: float
) -> Comparison:
    """Is the formula right? The accurate gradient beside an oracle's estimate."""
    bound = estimate.uncertainties[name] + own
    kinked = estimate.kinks.get(name, np.zeros(exact.shape, dtype=bool))
    compared = _compare(name, estimate.oracle, exact, estimate.gradients[name], bound, ~kinked)
    if compared.status == "disagree" or name == "value":
        return compared
    if kinked.all():
        return replace(compared, status="inconclusive", reason="every element is on a kink")
    gradient = _largest(exact[~kinked])
    limit = CONCLUSIVE * gradient if gradient else CONCLUSIVE_ZERO * largest
    if np.max(bound[~kinked]) <= limit:
        return compared
    return replace(compared, status="inconclusive", reason="the uncertainty hides the gradient")


def _against_itself(name: str, rounded: Any, exact: Any, noise: Any, dtype: str) -> Comparison:
    """Is the rounding acceptable? The gradient in its dtype beside the accurate one."""
    if noise is None:
        reason = "the rounding of this gradient could not be traced"
        return Comparison(name, "rounding", "inconclusive", reason)
    bound = rounding_bound(noise, exact, dtype)
    compared = _compare(name, "rounding", rounded, exact, bound, np.ones(exact.shape, dtype=bool))
    same = np.array_equal(rounded, exact)  # equal bits need no model of rounding
    if compared.status == "disagree" or same or np.max(noise) <= FIRST_ORDER * _largest(exact):
        return compared
    return replace(compared, status="inconclusive", reason=f"{dtype} leaves no digits")


def rounding_bound(noise: Any, gradient: Any, dtype: Any) -> Any:
    """How far rounding may put each element: 8 spreads and a little for the last operations."""
    u = unit_roundoff(dtype)
    floor = u * u * _largest(gradient) + float(np.finfo(dtype).smallest_subnormal)
    return KAPPA * noise + 4 * u * np.abs(gradient) + floor


def _compare(name: str, witness: str, mine: Any, other: Any, bound: Any, counts: Any) -> Comparison:
    """The two arrays side by side; only elements that count can disagree, and NaN does."""
    error = np.abs(mine - other)
    beyond = counts & ~(error <= bound)
    ratio = np.divide(error, bound, out=np.zeros(error.shape), where=error != 0)
    ratio = np.where(counts, np.nan_to_num(ratio, nan=np.inf, posinf=np.inf), -1.0)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(ratio), error.shape))
    largest = _largest(other)
    return Comparison(
        name,
        witness,
        "disagree" if beyond.any() else "agree",
        index=index,
        on_trial=float(mine[index]),
        reference=float(other[index]),
        error=float(error[index]),
        uncertainty=float(bound[index]),
        resolution=float(np.max(bound) / largest) if largest else np.inf,
        kinks=int(np.sum(~counts)),
    )


def _largest(array: Any) -> float:
    return float(np.max(np.abs(array), initial=0.0))
