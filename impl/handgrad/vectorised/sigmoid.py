"""The logistic sigmoid of every element: y = σ(x) = 1 / (1 + e⁻ˣ)."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    decay = np.exp(-np.abs(x))  # e^-|x| cannot overflow
    y = np.where(x >= 0, 1, decay) / (1 + decay)
    return y, y


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """σ' = σ (1 - σ)."""
    y = cache
    return (dy * y * (1 - y),)
