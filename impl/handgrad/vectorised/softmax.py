"""The softmax of every row: yᵢ = e^xᵢ / Σⱼ e^xⱼ."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "*n k"]) -> tuple[Shaped[Array, "*n k"], Cache]:
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    y = weights / weights.sum(axis=-1, keepdims=True)
    return y, y


def backward(dy: Shaped[Array, "*n k"], cache: Cache) -> tuple[Shaped[Array, "*n k"]]:
    """The Jacobian of a row is diag(y) - y yᵀ, so dx = y (dy - ⟨dy, y⟩)."""
    y = cache
    return (y * (dy - (dy * y).sum(axis=-1, keepdims=True)),)
