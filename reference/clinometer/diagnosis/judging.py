"""How well each mistake explains a wrong gradient, and which of them are told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clinometer.diagnosis.context import Context
from clinometer.diagnosis.mistakes import MISTAKES
from clinometer.diagnosis.wrong import Candidate, Mistake, Wrong, distinct, fit, gap
from clinometer.rounding import largest, norm

#: A mistake is told if it explains more than this part of the error.
ENOUGH = 0.5
#: And if chance would explain as much less often than this.
CHANCE = 1e-9
#: What explains all but this much explains it all, for the order.
ALL = 1e-6
#: With so few numbers that speak for it, the sentence says so.
THIN = 3


@dataclass(frozen=True)
class Diagnosis:
    """One mistake that may explain a wrong gradient.

    Attributes:
        mistake: its name.
        sentence: what it has done here, as said of the gradient: "it is ...".
        explains: how much of the error: 1 where the right gradient put through the mistake is
            the gradient on trial within the uncertainty, else by how much less it is off; 0 for
            a mere hint, which is given only where nothing else fits.
        evidence: how many independent numbers speak for it.
    """

    mistake: str
    sentence: str
    explains: float
    evidence: int

    def __str__(self) -> str:
        if not 0 < self.explains < 1 - ALL:
            return self.sentence
        return f"{self.sentence} (this explains {self.explains:.0%} of the error)"


def diagnose(
    name: str, trial: Any, right: Any, uncertainty: Any = 0.0, context: Context | None = None
) -> list[Diagnosis]:
    """The mistakes that explain why the gradient of `name` is wrong, the best first.

    `right` has the argument's shape, and `trial` should have; `uncertainty` is how far they may
    be apart, by element. Where many numbers say that one explains it all, no less simple one is
    told, unless a number was fitted for it; of those that explain as much the simplest comes first.
    Empty where nothing fits.
    """
    wrong = _wrong(name, trial, right, uncertainty, context or Context())
    if wrong.same_shape and not wrong.elements.any():
        return []
    found: list[tuple[Diagnosis, int]] = []
    with np.errstate(all="ignore"):  # what is not finite explains nothing
        for mistake, function in MISTAKES.items():
            weighed = [(_weigh(wrong, mistake, c), c.free) for c in _variants(wrong, function)]
            best = sorted(((d, free) for d, free in weighed if d), key=_rank)[:1]
            found += best
            if best and not best[0][1] and _all(best[0][0]) and best[0][0].evidence > THIN:
                found = [one for one in found if _all(one[0])]
                break  # what else may fit is less simple
    told = [diagnosis for diagnosis, _ in sorted(found, key=_rank)]
    return [d for d in told if d.explains] or told


def _all(diagnosis: Diagnosis) -> bool:
    return diagnosis.explains >= 1 - ALL


def _wrong(name: str, trial: Any, right: Any, uncertainty: Any, context: Context) -> Wrong:
    right = _numbers(right)
    trial = np.zeros_like(right) if trial is None else _numbers(trial)
    return Wrong(name, trial, right, np.broadcast_to(uncertainty, right.shape), context)


def _numbers(array: Any) -> Any:
    """As float64, or as wider or complex numbers where it has them."""
    array = np.asarray(array)
    return array.astype(np.result_type(array.dtype, np.float64))


def _rank(found: tuple[Diagnosis, int]) -> tuple[float, bool]:
    """What leaves less comes first. What is fitted to the trial has to leave half as much."""
    diagnosis, free = found
    left = 1 - diagnosis.explains
    return 0.0 if left <= ALL else left * (2 if free else 1), free > 0


def _variants(wrong: Wrong, mistake: Mistake) -> Iterator[Candidate]:
    """Each candidate, and once more with a factor, for two mistakes often come together."""
    for candidate in mistake(wrong):
        yield candidate
        observed = _observed(wrong, candidate)
        if not candidate.scalable or candidate.free or observed.shape != candidate.gradient.shape:
            continue
        if _changes_nothing(wrong, candidate):
            continue
        factor = fit(observed, candidate.gradient)
        if factor and abs(factor - 1) > ALL:
            yield replace(
                candidate,
                gradient=factor * candidate.gradient,
                sentence=f"{candidate.sentence}, and {factor:.6g} × that",
                free=1,
            )


def _changes_nothing(wrong: Wrong, candidate: Candidate) -> bool:
    """True where the candidate is the right gradient, but for a factor."""
    if not wrong.same_shape:
        return False
    scaled = fit(wrong.right, candidate.gradient) * candidate.gradient
    return bool(np.all(gap(scaled, wrong.right) <= wrong.tolerance))


def _observed(wrong: Wrong, candidate: Candidate) -> Any:
    return wrong.trial if candidate.observed is None else candidate.observed


def _weigh(wrong: Wrong, mistake: str, candidate: Candidate) -> Diagnosis | None:
    """The candidate as a diagnosis, None where it explains too little or chance might do it."""
    if candidate.hint:
        return Diagnosis(mistake, candidate.sentence, 0.0, 0)
    observed = _observed(wrong, candidate)
    if np.shape(candidate.gradient) != np.shape(observed):
        return None
    rest = gap(observed, candidate.gradient)
    size = wrong.size if candidate.observed is None else norm(np.abs(observed))
    least = 1 - ALL if candidate.whole else ENOUGH
    if not (left := norm(rest) / size) < 1 - ENOUGH:
        return None
    tolerance = _tolerance(wrong, candidate, observed)
    explains = 1.0 if np.all(rest <= tolerance) else 1 - left
    evidence = _evidence(wrong, candidate) - candidate.free
    fineness = min(max(left, norm(tolerance) / size), 1.0)
    if not (explains > least and evidence > 0 and _chance(fineness, evidence) < CHANCE):
        return None
    return Diagnosis(mistake, candidate.sentence + _thin(evidence), explains, evidence)


def _tolerance(wrong: Wrong, candidate: Candidate, observed: Any) -> Any:
    """How far what the mistake makes of the right gradient may be off, by element."""
    bound = wrong.uncertainty if candidate.bound is None else candidate.bound
    if np.shape(bound) != np.shape(observed):
        bound = np.max(bound, initial=0.0)
    slack = wrong.roundoff * largest(np.abs(observed[np.isfinite(observed)]))
    return np.broadcast_to(bound + slack, np.shape(observed))


def _evidence(wrong: Wrong, candidate: Candidate) -> int:
    if candidate.evidence is not None:
        return candidate.evidence
    if candidate.observed is not None or not wrong.same_shape:
        return distinct(_observed(wrong, candidate))
    return wrong.evidence


def _chance(fineness: float, evidence: int) -> float:
    """How probable it is that so many numbers come so near to given ones by chance."""
    return 0.0 if not fineness else math.exp(min(0.0, evidence * math.log(fineness)))


def _thin(evidence: int) -> str:
    if evidence > THIN:
        return ""
    return f" (thin evidence: only {evidence} independent number{'s' * (evidence > 1)})"
