"""One array on trial beside one witness, and whether its rounding is acceptable.

Two questions are kept apart. Is the formula right? That is for `clinometer.agreement`. Is the
rounding acceptable? The gradient in its own dtype is compared with the accurate one, within the
spread that stochastic arithmetic predicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import ml_dtypes
import numpy as np

from clinometer.dtypes import NARROW
from clinometer.formula import WIDE
from clinometer.rounding import largest, rounding_bound

Status: TypeAlias = Literal["agree", "disagree", "inconclusive"]

#: A spread above this part of the gradient is beyond the first-order model of rounding.
FIRST_ORDER = 0.03
#: One above this comes from decisions that rounding takes: a branch taken in one of 8 samples
#: changes the spread by a third of what it brings.
BRANCHES = 0.25


@dataclass(frozen=True)
class Comparison:
    """One array on trial beside one witness.

    Attributes:
        array: the argument's name, or `value` for the function itself.
        witness: an oracle, `rounding` (the same formula in a wider dtype) or `contract`.
        index, on_trial, reference, error, uncertainty: the element whose error is the largest in
            units of its uncertainty; where `along` is True, the number of the direction for
            which that is so and the slope along it.
        resolution: the largest uncertainty over the largest gradient, which is the smallest
            relative error that would have shown in every element. Where `along` is True, the
            norm of an error over the gradient's, each element counting by its scale, above
            which it is missed with a probability below `miss`.
        kinks: the number of elements, or directions, along which the function has a kink. Any
            value between the slopes on the two sides is accepted there.
        on_kink: True where the element named is one of those, and no other disagrees: by some
            convention it may be right all the same.
        beside: True where the comparison was made at a point beside the problem's own.
        fault: who is wrong in a disagreement, where it is not the gradient on trial.
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
    on_kink: bool = False
    beside: bool = False
    along: bool = False
    miss: float = 0.0
    fault: str = ""

    @property
    def accuses(self) -> bool:
        """True for a disagreement that is laid to the gradient on trial."""
        return self.status == "disagree" and not self.fault

    @property
    def ratio(self) -> float:
        """The error in units of the uncertainty: agreement goes up to 1."""
        if self.error == 0:
            return 0.0
        return float(self.error) / float(self.uncertainty) if self.uncertainty else np.inf


def against_itself(
    name: str, rounded: Any, exact: Any, noise: Any, dtype: str, overflowed: bool = False
) -> Comparison:
    """Is the rounding acceptable? The gradient in its dtype beside the accurate one.

    What the dtype cannot hold is not judged. Of a 16-bit dtype, neither is what is not finite in
    it, or would not be had it rounded otherwise: intermediate results may be beyond its range, as
    they are where the function's value has `overflowed`.
    No such range excuses a wider dtype. Where rounding decides between branches, the few samples
    of an element's own spread may miss one: there the largest spread stands for all.
    """
    if noise is None:
        reason = "the rounding of this gradient could not be traced"
        return Comparison(name, "rounding", "inconclusive", reason)
    if not largest(exact) <= float(ml_dtypes.finfo(dtype).max):  # type: ignore[no-untyped-call]
        reason = f"the formula gives what {dtype} cannot hold"
        return Comparison(name, "rounding", "inconclusive", reason)
    rounded = rounded.astype(WIDE)
    if dtype in NARROW and (overflowed or not np.isfinite(rounded + noise).all()):
        reason = f"{dtype} overflows where the formula is finite"
        return Comparison(name, "rounding", "inconclusive", reason)
    if np.max(noise) > BRANCHES * largest(exact):
        noise = np.full(exact.shape, np.max(noise))
    bound = rounding_bound(noise, exact, dtype)
    compared = compare(name, "rounding", rounded, exact, bound, np.ones(exact.shape, dtype=bool))
    same = np.array_equal(rounded, exact)  # equal bits need no model of rounding
    if compared.status == "disagree" or same or np.max(noise) <= FIRST_ORDER * largest(exact):
        return compared
    return replace(compared, status="inconclusive", reason=f"{dtype} leaves no digits")


def compare(name: str, witness: str, mine: Any, other: Any, bound: Any, counts: Any) -> Comparison:
    """The two arrays side by side; only elements that count can disagree, and NaN does."""
    error = np.abs(mine - other)
    beyond = counts & ~((error <= bound) & np.isfinite(mine))
    ratio = np.divide(error, bound, out=np.zeros(error.shape), where=error != 0)
    ratio = np.where(counts, np.where(ratio < np.inf, ratio, np.inf), -1.0)  # NaN is the worst
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
        resolution=largest(bound[counts]) / size if size else np.inf,
    )
