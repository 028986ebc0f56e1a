"""One array on trial beside one witness.

Two questions are kept apart. Is the formula right? The gradient, computed again in numbers so
wide that rounding is no matter, is compared with an oracle, within the oracle's uncertainty. Is
the rounding acceptable? The gradient in its own dtype is compared with that accurate one,
within the spread that stochastic arithmetic predicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from clinometer.dtypes import NARROW
from clinometer.estimate import Estimate
from clinometer.formula import WIDE, Formula
from clinometer.rounding import largest, rounding_bound, unit_roundoff

Status: TypeAlias = Literal["agree", "disagree", "inconclusive"]

#: An oracle judges an array only where its uncertainty is below this part of the gradient.
#: A limit of power, not a tolerance: it never turns a disagreement into an agreement.
CONCLUSIVE = 0.01
#: The same for an array that is exactly zero, as part of the problem's largest gradient.
CONCLUSIVE_ZERO = 1e-6

#: A spread above this part of the gradient is beyond the first-order model of rounding.
FIRST_ORDER = 0.03


@dataclass(frozen=True)
class Comparison:
    """One array on trial beside one witness.

    Attributes:
        array: the argument's name, or `value` for the function itself.
        witness: an oracle, `rounding` (the same formula in a wider dtype) or `contract`.
        index, on_trial, reference, error, uncertainty: the element whose error is the largest in
            units of its uncertainty; where `along` is True, the slope along a direction instead.
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
    along: bool = False

    @property
    def ratio(self) -> float:
        """The error in units of the uncertainty: agreement goes up to 1."""
        if self.error == 0:
            return 0.0
        return self.error / self.uncertainty if self.uncertainty else np.inf


def against_oracle(name: str, formula: Formula, estimate: Estimate, size: float) -> Comparison:
    """Is the formula right? `size` is the largest number of the whole gradient."""
    if name in estimate.directions:
        return _along(name, formula, estimate, size)
    exact, bound = formula.gradients[name], estimate.uncertainties[name] + formula.own[name]
    kinked = estimate.kinks.get(name, np.zeros(exact.shape, dtype=bool))
    compared = _compare(name, estimate.oracle, exact, estimate.gradients[name], bound, ~kinked)
    if compared.status == "disagree" or name == "value":
        return compared
    if kinked.all():
        return replace(compared, status="inconclusive", reason="every element is on a kink")
    own = largest(exact[~kinked] * (np.abs(exact) > formula.own[name])[~kinked])
    return _unless_hidden(compared, float(np.max(bound[~kinked])), own, size)


def _along(name: str, formula: Formula, estimate: Estimate, size: float) -> Comparison:
    """The slope along the oracle's direction, where one number stands for the array."""
    parts = formula.gradients[name] * estimate.directions[name]
    mine, reference = np.sum(parts), estimate.gradients[name]
    scale = float(np.sum(np.abs(parts)))
    own = float(np.sum(formula.own[name] * np.abs(estimate.directions[name])))
    own += parts.size * unit_roundoff(WIDE) * scale
    error, bound = float(np.abs(mine - reference)), float(estimate.uncertainties[name]) + own
    compared = Comparison(
        name,
        estimate.oracle,
        "agree" if error <= bound else "disagree",
        on_trial=float(mine),
        reference=float(reference),
        error=error,
        uncertainty=bound,
        resolution=bound / scale if scale else np.inf,
        along=True,
    )
    if estimate.kinks.get(name, False):
        return replace(compared, status="inconclusive", reason="the point is on a kink", kinks=1)
    if compared.status == "disagree":
        return compared
    along_size = size * float(np.sum(np.abs(estimate.directions[name])))
    return _unless_hidden(compared, bound, scale if scale > own else 0.0, along_size)


def _unless_hidden(compared: Comparison, bound: float, own: float, size: float) -> Comparison:
    """The agreement, unless a wrong gradient could hide in its uncertainty."""
    if bound <= (CONCLUSIVE * own if own else CONCLUSIVE_ZERO * size):
        return compared
    return replace(compared, status="inconclusive", reason="the uncertainty hides the gradient")


def against_itself(name: str, rounded: Any, exact: Any, noise: Any, dtype: str) -> Comparison:
    """Is the rounding acceptable? The gradient in its dtype beside the accurate one.

    Of a 16-bit dtype, what is not finite in it, or would not be had it rounded otherwise, is not
    judged where the formula is finite: the range is to blame. No range excuses a wider dtype.
    """
    if noise is None:
        reason = "the rounding of this gradient could not be traced"
        return Comparison(name, "rounding", "inconclusive", reason)
    rounded = rounded.astype(WIDE)
    if dtype in NARROW and np.isfinite(exact).all() and not np.isfinite(rounded + noise).all():
        reason = f"{dtype} overflows where the formula is finite"
        return Comparison(name, "rounding", "inconclusive", reason)
    bound = rounding_bound(noise, exact, dtype)
    compared = _compare(name, "rounding", rounded, exact, bound, np.ones(exact.shape, dtype=bool))
    same = np.array_equal(rounded, exact)  # equal bits need no model of rounding
    if compared.status == "disagree" or same or np.max(noise) <= FIRST_ORDER * largest(exact):
        return compared
    return replace(compared, status="inconclusive", reason=f"{dtype} leaves no digits")


def _compare(name: str, witness: str, mine: Any, other: Any, bound: Any, counts: Any) -> Comparison:
    """The two arrays side by side; only elements that count can disagree, and NaN does."""
    error = np.abs(mine - other)
    beyond = counts & ~(error <= bound)
    ratio = np.divide(error, bound, out=np.zeros(error.shape), where=error != 0)
    ratio = np.where(counts, np.nan_to_num(ratio, nan=np.inf, posinf=np.inf), -1.0)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(ratio), error.shape))
    size = largest(other)
    return Comparison(
        name,
        witness,
        "disagree" if beyond.any() else "agree",
        index=index,
        on_trial=float(mine[index]),
        reference=float(other[index]),
        error=float(error[index]),
        uncertainty=float(bound[index]),
        resolution=float(np.max(bound) / size) if size else np.inf,
        kinks=int(np.sum(~counts)),
    )
