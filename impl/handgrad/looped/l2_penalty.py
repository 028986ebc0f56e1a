"""The L2 penalty on weights, sum by sum: R = λ Σ w²."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise


def forward(*weights: Lists, strength: float) -> tuple[Any, Cache]:
    squares = sum(w * w for weight in weights for w in elements(weight))
    return strength * squares, (weights, strength)


def backward(dpenalty: Any, cache: Cache) -> tuple[Lists, ...]:
    """Dw = 2 λ w."""
    weights, strength = cache
    return tuple(elementwise(lambda w: dpenalty * 2 * strength * w, weight) for weight in weights)
