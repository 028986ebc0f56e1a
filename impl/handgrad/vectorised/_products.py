"""Products of matrices, by the quickest of NumPy's ways to BLAS."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from handgrad.arrays import Array, Shaped


def product(a: Shaped[Array, "*s n k"], b: Shaped[Array, "*s k m"]) -> Shaped[Array, "*s n m"]:
    """A B. Of two plain matrices `dot` makes it, which begins in a third of the time of `@`."""
    plain = type(a) is type(b) is np.ndarray and a.ndim == b.ndim == 2
    y: Array = a.dot(b) if plain else a @ b
    return y


def over_rows(x: Shaped[Array, "*s n k"]) -> Shaped[Array, "*s k"]:
    """Σₙ xₙₖ as a product with ones, in a half to a fifth of the time that `sum` takes."""
    y: Array
    if type(x) is np.ndarray and x.ndim == 2:
        y = _ones(len(x), x.dtype).dot(x)
    else:
        y = _ones(x.shape[-2], bool) @ x  # beside numbers of any type True is 1
    return y


@lru_cache(maxsize=64)
def _ones(count: int, dtype: Any) -> Array:
    """Made once, and closed to writing."""
    ones = np.ones(count, dtype)
    ones.setflags(write=False)
    return ones
