"""The sigmoid-weighted linear unit, or swish, of every element: y = x σ(x)."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._logistic import sigmoid


def forward(x: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    gate = sigmoid(x)
    return x * gate, (x, gate)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """(x σ)' = σ + x σ (1 - σ), where 1 - σ(x) = σ(-x)."""
    x, gate = cache
    return (dy * gate * (1 + x * sigmoid(-x)),)
