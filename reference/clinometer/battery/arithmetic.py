"""Numbers of all dtypes side by side, and how far rounding alone may put them apart.

That a law holds for the numbers that a backward pass returns is not to be expected, only that
it holds up to rounding. Two allowances are made for that, and neither needs to see the code.

Sharp: negation and multiplication by a power of two commute with every rounding to nearest, so
that the gradients for g and -1024 g agree to the last bit unless something over- or underflows.
Code that adds logarithms agrees to all but the last few.

Rough: the gradients for c g, divided by c, are the same but for rounding, which falls anew for
every c that is no power of two, as in the random rounding of CESTAC (Vignes, Mathematics and
Computers in Simulation 35, 1993). Their spread around the gradient for g is therefore that of
its rounding errors, be the code Python, a compiled kernel or one whose sums change their order.
It is only asked of code that has passed the sharp test, so that what is not linear cannot pass
for rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np

from clinometer.arrays import CarrierArray
from clinometer.comparison import FIRST_ORDER, Comparison, compare
from clinometer.rounding import largest, smallest_subnormal, unit_roundoff

#: Gradients by leaf, in double precision.
Gradients: TypeAlias = dict[str, Any]

#: Multiples that change how every product and sum is rounded, and fit into the digits of bfloat16.
MULTIPLES = (3.0, 5.0, 7.0, 9.0)
#: The largest logarithm that is allowed for: of numbers up to 10²⁷, and those of their reciprocals.
LOGARITHMS = 64
#: Spreads that a rounding error may measure. In units of a spread from four samples it has the
#: tail of Student's t, 12 / t⁴, which leaves one in a hundred thousand beyond this. The largest
#: of 90 000 measured, sums of seven terms in float32, float16 and bfloat16, was 9.
KAPPA = 32.0


def is_inexact(array: Any) -> bool:
    """True for real and complex numbers, bfloat16 among them."""
    return array.dtype.kind in CarrierArray.KINDS


def same_bits(array: Any, other: Any) -> bool:
    """NaN equals itself, and -0 is not 0."""
    return bool(array.shape == other.shape and array.tobytes() == other.tobytes())


def wide(array: Any) -> Any:
    """In double precision, or the array's own if that is more."""
    return array.astype(np.promote_types(array.dtype, np.float64))


def coarsest(arrays: Sequence[Any]) -> Any:
    """The dtype of these that rounds the most; all of them hold real or complex numbers."""
    return max((array.dtype for array in arrays), key=unit_roundoff)


def greatest(dtype: Any) -> float:
    """The greatest number that there is in it."""
    return float(ml_dtypes.finfo(dtype).max)  # type: ignore[no-untyped-call]


def sharp(dtype: Any, *terms: Any) -> Any:
    """What the last few roundings may do to a sum of these terms, element by element."""
    size = sum((np.abs(term) for term in terms), start=np.zeros(()))
    return 4 * unit_roundoff(dtype) * size + 4 * smallest_subnormal(dtype)


def rough(samples: Sequence[Any], centre: Any) -> Any:
    """KAPPA spreads of the samples around the centre, element by element.

    An element's own spread may be small by chance, so that the array's counts with it. Samples
    that overflow do not count, and where none is left the spread is infinite.
    """
    off = np.abs(np.stack([sample - centre for sample in samples]))
    finite = np.isfinite(off)
    number = finite.sum(axis=0)
    own = np.square(np.where(finite, off, 0.0)).sum(axis=0) / np.maximum(number, 1)
    array = np.sum(own) / max(np.count_nonzero(number), 1)
    return np.where(number > 0, KAPPA * np.sqrt(own + array), np.inf)


def reordering(size: int, dtype: Any) -> float:
    """How far sums of so many terms may go if they change their order, beside the largest number.

    (n - 1) u Σ |xᵢ| is the bound (Higham, Accuracy and Stability of Numerical Algorithms, 2nd
    edition, section 4.2). More than the first digits is no matter of order.
    """
    return min(size * unit_roundoff(dtype), FIRST_ORDER)


def logarithmic(dtype: Any) -> float:
    """How far exp(log |g| + x) may be off, beside the largest number: log |g| alone is rounded.

    In 16 bits nobody computes so.
    """
    u = unit_roundoff(dtype)
    return LOGARITHMS * u if u < unit_roundoff(np.float16) else 0.0


def largest_finite(array: Any) -> float:
    """The largest absolute value that is not infinite, 0 for none."""
    return largest(array[np.isfinite(array)])


def differing(
    witness: str, mine: Gradients, other: Gradients, bounds: Gradients
) -> list[Comparison]:  # fmt: skip
    """The arrays that are further apart than the bounds."""
    names = [name for name in bounds if name in mine and name in other]
    found = [measured(name, witness, mine[name], other[name], bounds[name]) for name in names]
    return [compared for compared in found if compared.status == "disagree"]


def measured(name: str, witness: str, mine: Any, other: Any, bound: Any) -> Comparison:
    """The two arrays side by side: NaN disagrees; what is infinite in the other does not count."""
    if np.iscomplexobj(mine):
        parts = [np.stack([x.real, x.imag], axis=-1) for x in (mine, other)]
        bound = np.broadcast_to(bound[..., None], parts[0].shape)
        compared = measured(name, witness, parts[0], parts[1], bound)
        return replace(compared, index=compared.index[:-1])
    if not mine.size:
        return Comparison(name, witness, "agree")
    return compare(name, witness, mine, other, bound, ~np.isinf(other))
