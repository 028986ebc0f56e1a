"""Is the formula right? One array of it beside one oracle.

The gradient, computed again in numbers so wide that rounding is no matter, is compared with the
oracle's estimate, within the oracle's uncertainty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from flint import ctx

from clinometer.balls import BallArray, midpoints, radii
from clinometer.comparison import Comparison, compare
from clinometer.directions import smallest_seen
from clinometer.estimate import Estimate
from clinometer.formula import Formula
from clinometer.rounding import largest, norm, smallest_subnormal, unit_roundoff

#: An oracle judges an array only where its uncertainty is below this part of the gradient.
#: A limit of power, not a tolerance: it never turns a disagreement into an agreement.
CONCLUSIVE = 0.01
#: The same for an array that is exactly zero, as part of the problem's largest gradient.
CONCLUSIVE_ZERO = 1e-6

#: As many additions one after the other, at most, as NumPy's sum makes before it adds in pairs.
SEQUENTIAL = 32
#: Bits in which exact slopes are compared.
ENOUGH = 4096
#: What a slope may lose because float64 holds nothing smaller, whatever it is compared with.
UNDERFLOW = 4 * smallest_subnormal(np.float64)

UNANSWERED = "it has no finite answer here"
HIDDEN = "the uncertainty hides the gradient"
ON_KINK = "the point is on a kink along all of it"


def against_oracle(name: str, formula: Formula, estimate: Estimate, size: float) -> Comparison:
    """Is the formula right? `size` is the largest number of the whole gradient.

    What code in double precision cannot help is not held against it. Along a direction that
    might hide an error in an element that is tiny beside the others: these are looked at.
    """
    compared = _against(name, formula, estimate, size)
    if compared.status != "disagree" or not formula.excused:
        return compared
    excused = formula.excused()
    compared = _against(name, excused, estimate, size)
    if compared.status != "disagree" and estimate.closer:
        closer = _against(name, excused, estimate.closer(name), size)
        return closer if closer.status == "disagree" else compared
    return compared


def _against(name: str, formula: Formula, estimate: Estimate, size: float) -> Comparison:
    if name in estimate.directions:
        return _along(name, formula, estimate, size)
    exact, reference = formula.gradients[name], estimate.gradients[name]
    bound = estimate.uncertainties[name] + formula.own[name]
    answered = np.isfinite(reference) & np.isfinite(estimate.uncertainties[name])
    kinked = estimate.kinks.get(name, np.zeros(exact.shape, dtype=bool))
    smooth, on_kinks = (
        replace(
            compare(name, estimate.oracle, exact, reference, bound, answered & chosen),
            kinks=int(np.sum(kinked)),
        )
        for chosen in (~kinked, kinked)
    )
    if smooth.status == "disagree":
        return smooth
    if on_kinks.status == "disagree":  # by no convention is NaN a subgradient
        return replace(on_kinks, on_kink=bool(np.isfinite(on_kinks.on_trial)))
    if not answered.all() or kinked.all():
        reason = ON_KINK if answered.all() else UNANSWERED
        return replace(smooth, status="inconclusive", reason=reason)
    own = largest(exact[~kinked] * (np.abs(exact) > formula.own[name])[~kinked])
    return smooth if name == "value" else _unless_hidden(smooth, largest(bound[~kinked]), own, size)


def _along(name: str, formula: Formula, estimate: Estimate, size: float) -> Comparison:
    """The slopes along the oracle's directions, where a few numbers stand for the array."""
    directions = estimate.directions[name]
    probes = [_probe(name, formula, estimate, number) for number in range(len(directions))]
    smooth = [probe for probe in probes if not probe.on_kink]
    compared = replace(
        max(probes, key=lambda c: (c.status == "disagree", not c.on_kink, c.ratio)),
        kinks=len(probes) - len(smooth),
        miss=estimate.miss,
    )
    if compared.status == "disagree":
        return compared
    if any(probe.reason for probe in probes):
        return replace(compared, status="inconclusive", reason=UNANSWERED)
    if not smooth:
        return replace(compared, status="inconclusive", reason=ON_KINK)
    unit = largest(directions.scale)  # a slope may be too small for float64, and no gradient is
    own, noise, whole = (
        norm(numbers * (directions.scale / unit))
        for numbers in (formula.gradients[name], formula.own[name], np.asarray(size))
    )
    bound = max(c.uncertainty for c in smooth) * smallest_seen(len(smooth), estimate.miss) / unit
    compared = replace(compared, resolution=bound / own if own else np.inf)
    return _unless_hidden(compared, bound, own if own > noise else 0.0, whole)


def _probe(name: str, formula: Formula, estimate: Estimate, number: int) -> Comparison:
    """The slopes along one direction; without an answer they cannot disagree."""
    uncertainty = float(estimate.uncertainties[name][number])
    reference = float(estimate.gradients[name][number])
    mine, error, own = _difference(name, formula, estimate, number)
    answered = np.isfinite(reference) and np.isfinite(uncertainty)
    agrees = error <= uncertainty + own and np.isfinite(mine)
    return Comparison(
        name,
        estimate.oracle,
        "agree" if agrees or not answered else "disagree",
        "" if answered else UNANSWERED,
        index=(number,),
        on_trial=mine,
        reference=reference,
        error=error,
        uncertainty=uncertainty + own,
        on_kink=name in estimate.kinks and bool(estimate.kinks[name][number]),
        along=True,
    )


def _difference(
    name: str, formula: Formula, estimate: Estimate, number: int
) -> tuple[float, float, float]:
    """The slope on trial, how far it is from the oracle's, and how far off it may be by itself."""
    direction = estimate.directions[name][number]
    if name not in formula.balls or name not in estimate.balls:
        mine, own = slope(formula, name, direction)
        return float(mine), float(np.abs(mine - estimate.gradients[name][number])), own
    with ctx.workprec(ENOUGH):
        exact = (formula.balls[name] * BallArray.carry(direction)).sum()
        difference = abs(midpoints(exact - estimate.balls[name]))
        return float(midpoints(exact)), float(difference), float(radii(exact)) + UNDERFLOW


def slope(formula: Formula, name: str, direction: Any) -> tuple[Any, float]:
    """The slope on trial along a direction, and how far off it may be by itself.

    The parts are added in pairs, so that rounding grows with the logarithm of their number.
    """
    parts = (formula.gradients[name] * direction).reshape(-1)
    own = float(np.sum(formula.own[name] * np.abs(direction))) + UNDERFLOW
    additions = SEQUENTIAL + np.log2(parts.size)
    own += additions * unit_roundoff(parts.dtype) * float(np.sum(np.abs(parts)))
    return np.sum(parts), own


def _unless_hidden(compared: Comparison, bound: float, own: float, size: float) -> Comparison:
    """The agreement, unless a wrong gradient could hide in its uncertainty."""
    if bound <= (CONCLUSIVE * own if own else CONCLUSIVE_ZERO * size):
        return compared
    return replace(compared, status="inconclusive", reason=HIDDEN)
