"""How loops are compiled, for which numbers, and the sums that they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from handgrad.arrays import Array, Shaped

#: Kept on disk, so that it is compiled once on a machine. A product and a sum may be rounded once.
compiled = njit(cache=True, fastmath={"contract"}, error_model="numpy")
#: Sums, in any order: as many at a time as the processor adds at once.
_summing = njit(cache=True, fastmath={"contract", "reassoc"}, error_model="numpy")


def takes(*arrays: Any) -> bool:
    """Whether these are plain arrays of the same numbers, float32 or float64."""
    (dtype, *others) = {array.dtype for array in arrays}
    plain = all(type(array) is np.ndarray for array in arrays)
    return plain and not others and dtype in (np.float32, np.float64)


@compiled
def _less(x: Any, shift: Any) -> Any:
    """X - shift, which is rounded before it is summed: so no order of the sum takes it apart."""
    return x - shift


@_summing
def total(x: Shaped[Array, " m"], shift: Any) -> Any:
    """Σ (x - shift)."""
    result = x.dtype.type(0)
    for j in range(len(x)):
        result += _less(x[j], shift)
    return result


@_summing
def moments(x: Shaped[Array, " m"], shift: Any) -> Any:
    """Σ (x - shift) and Σ (x - shift)²."""
    first = second = x.dtype.type(0)
    for j in range(len(x)):
        centred = _less(x[j], shift)
        first += centred
        second += centred * centred
    return first, second


@_summing
def products(x: Shaped[Array, " m"], y: Shaped[Array, " m"], z: Shaped[Array, " m"]) -> Any:
    """Σ x y and Σ x y z."""
    first = second = x.dtype.type(0)
    for j in range(len(x)):
        product = x[j] * y[j]
        first += product
        second += product * z[j]
    return first, second
