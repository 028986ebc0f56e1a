"""The hinge loss for targets of ±1, the mean over all elements: L = (1 / n k) Σ max(0, 1 - t y).

At the kink, where t y = 1, its slope is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(y: Shaped[Array, "*n"], target: Shaped[Array, "*n"]) -> tuple[Any, Cache]:
    require_same_shape(y, target)
    lack = 1 - np.where(target > 0, y, -y)  # t y is y or -y
    return np.maximum(lack, 0).sum() / y.size, (lack, target)


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "*n"]]:
    """Dy = -t / (n k) where t y < 1, else 0."""
    lack, target = cache
    count = target[0].size if by_sample else target.size
    return (np.where(lack > 0, -dloss * target, 0) / count,)
