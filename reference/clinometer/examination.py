"""From a problem and oracles to verdicts, at the problem's point and, where it must be, beside it.

A disagreement needs evidence. It stands at once where finite differences see it on smooth
ground and an oracle of another nature sees it too, or where the contract is broken. Any other
has to be seen again at two points nearby: on a kink every convention is right, and beside it
only one gradient is. What kinks or lost digits hide at the point is judged beside it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from clinometer.comparison import Comparison
from clinometer.dtypes import NARROW
from clinometer.estimate import Oracle
from clinometer.formula import Formula
from clinometer.gathering import gather
from clinometer.odd_one_out import accusers, belied, outvoted, reading
from clinometer.problem import Problem, value_at
from clinometer.verdict import Evidence, Verdict, formula_on_trial, judge

#: How many points beside the problem's own must confirm a doubtful disagreement.
CONFIRMATIONS = 2
#: Gradients that differ by less, element by element, round alike.
ALIKE = 2.0**-10
#: The witness that asks no oracle.
ROUNDING = frozenset({"rounding"})


@dataclass(frozen=True, eq=False)
class Examination:
    """One problem before its oracles. The points beside it are visited only when needed."""

    problem: Problem
    oracles: Mapping[str, Oracle]
    rounding: bool = True  # whether that of the problem's own dtype is judged too

    @cached_property
    def evidence(self) -> Evidence:
        """What is known at the problem's own point."""
        return gather(self.problem, self.oracles)

    def beside(self, witnesses: frozenset[str]) -> list[Examination]:
        """The same problem at points nearby, before these witnesses alone.

        Only rounding needs to be judged in the problem's own dtype. For the formula 16 bits need
        not hold the points: where maxima tie among the few numbers that 8 bits tell apart, they
        would do so again.
        """
        if witnesses not in self._visited:
            finely = witnesses != ROUNDING and self.problem.dtype in NARROW
            problem = replace(self.problem, dtype="float32") if finely else self.problem
            oracles = {n: oracle for n, oracle in self.oracles.items() if n in witnesses}
            points = (problem.nudged(n) for n in range(1, CONFIRMATIONS + 1))
            self._visited[witnesses] = [
                Examination(point, oracles, witnesses == ROUNDING) for point in points
            ]
        return self._visited[witnesses]

    def within(self, other: Problem) -> Examination:
        """The same; outside the function's domain, at the arrays that it takes with another's."""
        if not self.evidence.failure:
            return self
        taken = other.arguments
        for name, array in self.problem.arguments.items():
            moved = {**taken, name: array}
            taken = moved if np.isfinite(value_at(self.problem.function, moved)) else taken
        return replace(self, problem=replace(self.problem, arguments=taken))

    @cached_property
    def _visited(self) -> dict[frozenset[str], list[Examination]]:
        """Those, once they have been asked for."""
        return {}

    @cached_property
    def elsewhere(self) -> Examination:
        """The same problem where no argument is large or small."""
        return Examination(self.problem.at_unit_scale(), self.oracles)

    def formula(self, subject: str) -> Formula:
        """A subject's gradient at this point, in numbers so wide that rounding is no matter."""
        if subject not in self._formulas:
            self._formulas[subject] = formula_on_trial(self.problem, subject, self.evidence)
        return self._formulas[subject]

    @cached_property
    def _formulas(self) -> dict[str, Formula]:
        return {}

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        """Those from this point alone, by subject, once they are known."""
        return {}

    def at_the_point(self, subject: str) -> Verdict:
        """The verdict on a subject's gradient from this point alone."""
        if subject not in self._verdicts:
            self._verdicts[subject] = self._judged(subject)
        return self._verdicts[subject]

    def _judged(self, subject: str) -> Verdict:
        """The verdict from this point alone.

        Rounding may be traced through another subject's gradient: where that is a different one
        here, its spread says nothing.
        """
        formula = None if self.evidence.failure else self.formula(subject)
        verdict = judge(self.problem, subject, self.evidence, formula, self.rounding)
        traced = self.problem.traced or subject
        if traced == subject:
            return verdict
        source = self.at_the_point(traced)
        reason = f"rounding was traced through {traced}, whose gradient is another here"
        return verdict.with_comparisons(
            replace(c, status="inconclusive", reason=reason)
            if c.witness == "rounding" and not _alike(c.array, verdict, source)
            else c
            for c in verdict.comparisons
        )

    def verdict(self, subject: str) -> Verdict:
        """The verdict on a subject's gradient, confirmed beside the point where in doubt."""
        here = self.without_odd_ones(subject)
        doubtful = self._left_to_exact([c for c in here.comparisons if self._doubtful(c, here)])
        if not doubtful or self.evidence.vacuous or self.evidence.failure:
            return here
        of_formula = frozenset(c.witness for c in doubtful) - ROUNDING
        return here.with_comparisons(
            self._settled(c, subject, ROUNDING if c.witness in ROUNDING else of_formula)
            if c in doubtful
            else c
            for c in here.comparisons
        )

    def without_odd_ones(self, subject: str) -> Verdict:
        """The same, with each disagreement laid to the witness where that is the wrong one.

        On a kink no convention is wrong.
        """
        here = self.at_the_point(subject)
        return here.with_comparisons(
            replace(c, fault=c.witness, reason=f"{c.witness} is wrong here by {c.error:.2g}")
            if c.accuses
            and c.witness in self.oracles
            and not self._on_kink(c.array)
            and self._is_odd(c, here, subject)
            else c
            for c in here.comparisons
        )

    def _on_kink(self, array: str) -> bool:
        """Whether the point is on a kink along an element: by proof, where there is any."""
        exact = [estimate for estimate in self.evidence.estimates if estimate.exact]
        found = (e.kinks.get(array, False) for e in exact or self.evidence.estimates)
        return any(np.any(kinks) for kinks in found)

    def _is_odd(self, accused: Comparison, here: Verdict, subject: str) -> bool:
        """True for the odd one out, and for a reading that goes wrong by itself.

        Such a reading is not the slope of its own function. Or it has the right value here, and
        where the arguments have the size of 1 it has both the right value and the right gradient.
        """
        if outvoted(accused, here, self.evidence, self.oracles):
            return True
        if reading(self.oracles[accused.witness]) == "function":
            return False
        if belied(accused, self.problem, self.evidence):
            return True
        against = accusers(accused, here, self.evidence, self.oracles)
        elsewhere = self.elsewhere.at_the_point(subject)
        value = replace(accused, array="value")
        return bool(against) and all(
            comparison.status == "agree"
            for comparison in (
                _same(here, value),
                _same(elsewhere, value),
                _same(elsewhere, accused),
            )
        )

    def _left_to_exact(self, doubtful: list[Comparison]) -> list[Comparison]:
        """Without agreements that hide a kink, where an exact witness will look beside it."""
        exact = {estimate.oracle for estimate in self.evidence.estimates if estimate.exact}
        seen = {c.array for c in doubtful if c.witness in exact}
        return [
            c for c in doubtful if c.status != "agree" or c.witness in exact or c.array not in seen
        ]

    def _doubtful(self, comparison: Comparison, here: Verdict) -> bool:
        if comparison.fault:
            return False
        if comparison.accuses:
            return comparison.witness != "contract" and not self._stands(comparison.array, here)
        if comparison.kinks > 0:
            return True
        return comparison.status == here.arrays.get(comparison.array) == "inconclusive"

    def _stands(self, array: str, here: Verdict) -> bool:
        """True where oracles of two natures, differences among them, disagree on the array.

        Not where a proof says that it lies on a kink: opposite kinks of several units cancel in
        the differences, and not in what autograd adds up by its conventions.
        """
        if any(np.any(e.kinks.get(array, False)) for e in self.evidence.estimates if e.exact):
            return False
        natures = {
            self.oracles[c.witness].NATURE
            for c in here.comparisons
            if c.array == array and c.accuses and c.witness in self.oracles and not c.on_kink
        }
        return "difference" in natures and len(natures) > 1

    def _settled(self, doubtful: Comparison, subject: str, witnesses: frozenset[str]) -> Comparison:
        """The comparison after a look beside the point.

        One agreement beside the point settles it: what remains is a kink. It is a disagreement
        if it is one at every point beside; of the witness, if it is the odd one out at them all.
        """
        seen, points = [], []
        for point in self.beside(witnesses):
            points.append(point.within(self.problem))
            found = _same(points[-1].at_the_point(subject), doubtful)
            if found.status == "agree":
                return replace(found, kinks=doubtful.kinks, reason=doubtful.reason, beside=True)
            seen.append(found)
        if all(found.status == "disagree" for found in seen):
            odd = [_same(point.without_odd_ones(subject), doubtful) for point in points]
            if all(found.fault for found in odd):
                return replace(odd[0], beside=True)
            return doubtful if doubtful.status == "disagree" else replace(seen[0], beside=True)
        if doubtful.status == "disagree":
            return replace(doubtful, status="inconclusive", reason="not confirmed at points nearby")
        return doubtful


def _alike(array: str, one: Verdict, other: Verdict) -> bool:
    """Whether both compute the same, rounding apart; if unknown, whether the other is right."""
    if array not in one.enclosure or array not in other.enclosure:
        return other.status != "disagree"
    (a, near_a), (b, near_b) = one.enclosure[array], other.enclosure[array]
    return bool(np.all(np.abs(a - b) <= near_a + near_b + ALIKE * np.maximum(np.abs(a), np.abs(b))))


def _same(verdict: Verdict, wanted: Comparison) -> Comparison:
    """The comparison of the same array with the same witness."""
    for comparison in verdict.comparisons:
        if (comparison.array, comparison.witness) == (wanted.array, wanted.witness):
            return comparison
    return replace(wanted, status="inconclusive", reason="no answer beside the point")
