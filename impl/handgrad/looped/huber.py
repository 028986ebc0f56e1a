"""Huber's loss, sum by sum: L = (1 / n k) Σₙ Σₖ h(yₙₖ - tₙₖ).

h(e) = ½ e² where |e| ≤ delta, else delta (|e| - ½ delta).
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise


def forward(y: Lists, target: Lists, *, delta: float) -> tuple[Any, Cache]:
    error = elementwise(lambda y, t: y - t, y, target)
    losses = [
        e * e / 2 if abs(e) <= delta else delta * (abs(e) - delta / 2) for e in elements(error)
    ]
    return sum(losses) / len(losses), (error, delta, len(losses))


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = eₙₖ / (n k) where |eₙₖ| ≤ delta, else ± delta / (n k)."""
    error, delta, count = cache
    slope = elementwise(lambda e: min(max(e, -delta), delta), error)
    return (elementwise(lambda slope: dloss * slope / count, slope),)
