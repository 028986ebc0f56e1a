"""The logistic sigmoid of every element: y = σ(x) = 1 / (1 + e⁻ˣ)."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._logistic import sigmoid


def forward(x: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    y = sigmoid(x)
    return y, y


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """σ' = σ (1 - σ)."""
    y = cache
    return (dy * y * (1 - y),)
