"""What a run could have missed: the smallest errors that it would have seen, and faults put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clinometer.agreement import against_oracle, slope
from clinometer.comparison import Comparison
from clinometer.directions import smallest_seen
from clinometer.estimate import Estimate
from clinometer.faults import Faulty
from clinometer.formula import PART, Formula
from clinometer.rounding import largest, norm
from clinometer.verdict import Evidence, size_of

#: They look at the code on trial alone.
INTERNAL = ("function", "rounding", "contract")


@dataclass(frozen=True)
class Resolution:
    """The smallest errors in one array that its best witness would have seen.

    Attributes:
        element: the error of a single element, whichever it is.
        relative: an error of the whole, as part of the gradient: of its largest number, or of its
            norm where slopes along directions stand for it.
        miss: the probability with which one so large may be missed, by the choice of directions.
    """

    array: str
    witness: str
    element: float
    relative: float
    miss: float = 0.0


@dataclass(frozen=True)
class Kill:
    """A fault put into one array of the gradient, and whether this run would have seen it."""

    fault: str
    array: str
    caught: bool


@dataclass(frozen=True, eq=False)
class Power:
    """What a run would have caught.

    Attributes:
        arrays: by name; an array of which nothing is known is missing.
        formula: the gradient on trial.
        evidence: what the run knows.
        faults: makes faulty gradients of the one on trial, when asked for.
    """

    arrays: Mapping[str, Resolution]
    formula: Formula
    evidence: Evidence
    faults: Callable[[], Iterable[Faulty]]

    @cached_property
    def kills(self) -> tuple[Kill, ...]:
        """Faults put into the gradient on trial, array by array, before the same witnesses.

        The function is not called again, and the gradient only where a fault needs one at another
        cotangent or another point. Faults that change nothing are left out.
        """
        return tuple(
            Kill(faulty.fault, name, self._sees(faulty.formula, name))
            for faulty in self.faults()
            for name in faulty.formula.gradients
            if name in self.formula.gradients and self._changes(faulty.formula, name)
        )

    def _changes(self, faulty: Formula, name: str) -> bool:
        bound = faulty.own[name] + self.formula.own[name]
        return bool(np.any(np.abs(faulty.gradients[name] - self.formula.gradients[name]) > bound))

    def _sees(self, faulty: Formula, name: str) -> bool:
        size = size_of(faulty, faulty.gradients)
        return any(
            against_oracle(name, faulty, estimate, size).status == "disagree"
            for estimate in self.evidence.estimates
            if name in estimate.gradients
        )


@np.errstate(over="ignore")  # what is infinite sees nothing
def resolutions(
    comparisons: Iterable[Comparison], formula: Formula, evidence: Evidence
) -> dict[str, Resolution]:
    """For each array what its best witness would have seen."""
    estimates = {estimate.oracle: estimate for estimate in evidence.estimates}
    best: dict[str, Resolution] = {}
    for c in comparisons:
        told = c.status != "inconclusive" and c.witness in estimates and c.array != "value"
        if not told or c.witness in INTERNAL or c.array not in formula.gradients:
            continue
        found = _resolution(c, formula, estimates[c.witness])
        if c.array not in best or found.element < best[c.array].element:
            best[c.array] = found
    return best


def _resolution(c: Comparison, formula: Formula, estimate: Estimate) -> Resolution:
    """What is off by more than twice the uncertainty shows, as the witness may be off by once."""
    gradient = formula.gradients[c.array]
    size = largest(gradient)
    if formula.excused:  # at most so much is excused in code whose constants are doubles
        excused = formula.own[c.array] + PART * (np.abs(gradient) + size)
        formula = Formula({c.array: gradient}, {c.array: excused})
    if c.beside:  # of the points beside, only the comparison is known
        return Resolution(c.array, c.witness, 2 * c.resolution * size, 2 * c.resolution, c.miss)
    bounds = estimate.uncertainties[c.array]
    if c.array in estimate.directions:
        directions = estimate.directions[c.array]
        own = max(slope(formula, c.array, along)[1] for along in directions)
        seen = 2 * (float(np.max(bounds)) + own)
        whole = norm(gradient * directions.scale)
        relative = seen / 2 * smallest_seen(len(directions), c.miss) / whole if whole else np.inf
        return Resolution(
            c.array, c.witness, seen / float(np.min(directions.scale)), relative, c.miss
        )
    element = 2 * largest((bounds + formula.own[c.array])[np.isfinite(bounds)])
    return Resolution(c.array, c.witness, element, element / size if size else np.inf)
