"""The L1 penalty on weights, sum by sum: R = λ Σ |w|."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise


def forward(*weights: Lists, strength: float) -> tuple[Any, Cache]:
    sizes = sum(abs(w) for weight in weights for w in elements(weight))
    return strength * sizes, (weights, strength)


def backward(dpenalty: Any, cache: Cache) -> tuple[Lists, ...]:
    """Dw = λ where w > 0, -λ where w < 0, and 0 at the kink."""
    weights, strength = cache
    return tuple(
        elementwise(lambda w: dpenalty * strength * _sign(w), weight) for weight in weights
    )


def _sign(w: Any) -> int:
    return 1 if w > 0 else -1 if w < 0 else 0
