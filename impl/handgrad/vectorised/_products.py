"""Products of matrices, by the quickest of the ways that NumPy has to BLAS."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from handgrad.arrays import Array, Shaped
from handgrad.vectorised._room import LARGE, room


def product(
    a: Shaped[Array, "*s n k"], b: Shaped[Array, "*s k m"], size: int = 0
) -> Shaped[Array, "*s n m"]:
    """A B, of two matrices by `dot`, which begins in a third of the time that `@` takes.

    size: of the result, where it may be so large that its memory is kept from call to call.
    """
    if not (_is_matrix(a) and _is_matrix(b)):
        return a @ b
    large = size >= LARGE and a.dtype == b.dtype
    y: Array = a.dot(b, room((len(a), b.shape[1]), a.dtype)) if large else a.dot(b)
    return y


def over_rows(x: Shaped[Array, "*s n k"]) -> Shaped[Array, "*s k"]:
    """Σₙ xₙₖ as a product with ones, in a half to a fifth of the time that `sum` takes."""
    ones = _ones(x.shape[-2], x.dtype if _is_matrix(x) else bool)  # True is 1 beside any number
    y: Array = ones.dot(x) if _is_matrix(x) else ones @ x
    return y


def _is_matrix(x: Array) -> bool:
    """Whether `dot` computes as `@` does: subclasses see nothing of it, and 16 bits stay narrow."""
    return type(x) is np.ndarray and x.ndim == 2 and x.itemsize > 2


@lru_cache(maxsize=64)
def _ones(count: int, dtype: Any) -> Array:
    """Made once, and closed to writing."""
    ones = np.ones(count, dtype)
    ones.setflags(write=False)
    return ones
