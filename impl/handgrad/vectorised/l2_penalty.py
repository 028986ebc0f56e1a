"""The L2 penalty on weights: R = λ Σ w², over all elements of all weights."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Array, Cache, Shaped


def forward(*weights: Shaped[Array, "..."], strength: float) -> tuple[Any, Cache]:
    squares = sum((weight * weight).sum() for weight in weights)
    return strength * squares, (weights, strength)


def backward(dpenalty: Any, cache: Cache) -> tuple[Shaped[Array, "..."], ...]:
    """Dw = 2 λ w."""
    weights, strength = cache
    return tuple(dpenalty * 2 * strength * weight for weight in weights)
