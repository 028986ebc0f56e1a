"""Huber's loss: squares of small errors, the sizes of large ones, the mean over all elements.

L = (1 / n k) Σ ½ e² where |e| ≤ delta, else delta (|e| - ½ delta), with e = y - t. With c, which
is e cut off at ±delta, both are c (e - ½ c).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(
    y: Shaped[Array, "*n"], target: Shaped[Array, "*n"], *, delta: float
) -> tuple[Any, Cache]:
    require_same_shape(y, target)
    error = y - target
    cut = np.minimum(np.maximum(error, -delta), delta)
    return (cut * (error - cut / 2)).sum() / y.size, cut


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "*n"]]:
    """Dy = c / (n k)."""
    cut = cache
    count = cut[0].size if by_sample else cut.size
    return (dloss * cut / count,)
