"""Estimates in, verdict out: agree, disagree or inconclusive, array by array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from clinometer.agreement import HIDDEN, against_oracle
from clinometer.comparison import Comparison, Status, against_itself
from clinometer.contract import call
from clinometer.dtypes import NARROW
from clinometer.estimate import Estimate
from clinometer.formula import Enclosure, Formula, rerun
from clinometer.problem import Problem, is_wider
from clinometer.rounding import largest


@dataclass(frozen=True)
class Evidence:
    """What is known at one point.

    Attributes:
        estimates: the oracles' answers.
        noise: gives the spread under rounding, by array, from the gradient through which it is
            to be traced and the dtype.
        refusals: why an oracle did not answer, by its name.
        failure: why the function itself gave no value, if it did not.
        own: True where it does give one in the dtype on trial.
    """

    estimates: Sequence[Estimate] = ()
    noise: Callable[[str, str], Mapping[str, Any]] = lambda subject, dtype: {}
    refusals: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    own: bool = False

    @property
    def kinked(self) -> bool:
        """True where a kink was found by exact estimates, or by any if there are none."""
        exact = [estimate for estimate in self.estimates if estimate.exact]
        return any(np.any(kink) for e in exact or self.estimates for kink in e.kinks.values())

    @property
    def vacuous(self) -> bool:
        """True where the function is as good as constant, so that any gradient would pass.

        No estimate tells a gradient from zero, though there are some, and none has found a kink.
        """
        told = [
            np.any(np.abs(gradient) > estimate.uncertainties[name])
            for estimate in self.estimates
            for name, gradient in estimate.gradients.items()
            if name != "value" and np.isfinite(estimate.uncertainties[name]).any()
        ]
        return bool(told) and not (self.failure or self.kinked or any(told))


@dataclass(frozen=True)
class Verdict:
    """What all witnesses together say of one gradient.

    Attributes:
        comparisons: each array beside each witness.
        enclosure: where the code on trial ran on balls, a midpoint and a radius for each element
            of each array: in exact arithmetic, the code's result lies between them for certain.
    """

    comparisons: tuple[Comparison, ...]
    enclosure: Mapping[str, Enclosure] = field(default_factory=dict)

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
            if c.array != "value" or c.witness != "rounding" or c.accuses
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
        """The comparisons that accuse, the largest error in units of uncertainty first.

        Those that name an element come before those along a direction.
        """
        found = [c for c in self.comparisons if c.accuses]
        return sorted(found, key=lambda c: (c.along, -np.nan_to_num(c.ratio, nan=np.inf)))

    def with_comparisons(self, comparisons: Iterable[Comparison]) -> Verdict:
        """The same verdict after a second look at its comparisons."""
        return replace(self, comparisons=tuple(comparisons))

    @property
    def hidden(self) -> bool:
        """True where the uncertainty hides each gradient, so that all are as good as zero."""
        arrays = {name: status for name, status in self.arrays.items() if name != "value"}
        seen = {c.array for c in self.comparisons if c.reason == HIDDEN}
        return seen >= set(arrays) and set(arrays.values()) == {"inconclusive"}

    @property
    def odd_ones(self) -> list[Comparison]:
        """The disagreements in which the witness is wrong, not the gradient on trial."""
        return [c for c in self.comparisons if c.fault]


def size_of(formula: Formula, names: Iterable[str]) -> float:
    """The largest number of those arrays' gradients."""
    sizes = (largest(formula.gradients[name]) for name in names if name != "value")
    return max(sizes, default=0.0)


def worst(statuses: Iterable[Status]) -> Status:
    """Disagree before inconclusive before agree; nothing at all is inconclusive."""
    found = set(statuses)
    if "disagree" in found:
        return "disagree"
    return "agree" if found == {"agree"} else "inconclusive"


def _combined(comparisons: Sequence[Comparison]) -> Status:
    """One oracle that is sure makes up for others that are not; the odd one out says nothing.

    Rounding that cannot be judged takes nothing from a formula that is right; rounding that
    is wrong does.
    """
    if any(c.accuses for c in comparisons):
        return "disagree"
    formula = {c.status for c in comparisons if c.witness != "rounding"}
    return "agree" if "agree" in formula else "inconclusive"


@np.errstate(all="ignore")  # what is not finite shows in the verdict
def formula_on_trial(problem: Problem, subject: str, evidence: Evidence) -> Formula:
    """One of the problem's gradients, in numbers so wide that rounding is no matter."""
    return rerun(problem, subject, partial(evidence.noise, problem.traced or subject, "float64"))


def _unheard(array: str, why: str) -> Comparison:
    """No answer of the same formula in a wider dtype, where it does not run."""
    reason = f"in float64 {why}, as it does not in its own dtype"
    return Comparison(array, "rounding", "inconclusive", reason)


@np.errstate(all="ignore")  # what is not finite shows in the verdict
def judge(
    problem: Problem,
    subject: str,
    evidence: Evidence,
    formula: Formula | None = None,
    rounding: bool = True,
) -> Verdict:
    """The verdict on one of the problem's gradients, at the problem's point alone.

    `rounding` is whether that of the problem's own dtype is judged too.
    """
    if evidence.failure:
        if evidence.own:
            return Verdict(tuple(_unheard(name, evidence.failure) for name in problem.arguments))
        return Verdict((Comparison("value", "contract", "disagree", evidence.failure),))
    formula = formula or formula_on_trial(problem, subject, evidence)
    rounded, broken = call(problem.gradients[subject], problem.cast(problem.dtype))
    noise = partial(evidence.noise, problem.traced or subject)
    wider = is_wider(problem.gradients[subject], problem.dtype)
    comparisons = [Comparison(n, "contract", "disagree", text) for n, text in broken.items()]
    for name, text in formula.broken.items():
        if name not in broken:
            alone = Comparison(name, "contract", "disagree", text)
            comparisons.append(_unheard(name, text) if wider else alone)
    broken = {**formula.broken, **broken}
    sound = [name for name in formula.gradients if name not in broken]
    size = size_of(formula, sound)
    value = np.asarray(rounded.get("value", 0.0), np.float64) if problem.dtype in NARROW else 0.0
    overflowed = not np.isfinite(value)
    for name in sound:
        comparisons += [
            against_oracle(name, formula, estimate, size)
            for estimate in evidence.estimates
            if name in estimate.gradients
        ]
        # Not of the value, where the gradient breaks off in its own dtype.
        if rounding and name in rounded:
            spread, exact = noise(problem.dtype).get(name), formula.gradients[name]
            comparisons.append(
                against_itself(name, rounded[name], exact, spread, problem.dtype, overflowed)
            )
    return Verdict(tuple(comparisons), formula.enclosures)
