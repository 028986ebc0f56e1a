"""The hinge loss for targets of ±1, sum by sum: L = (1 / n k) Σₙ Σₖ max(0, 1 - tₙₖ yₙₖ).

At the kink, where t y = 1, its slope is 0.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise


def forward(y: Lists, target: Lists) -> tuple[Any, Cache]:
    losses = elements(elementwise(lambda y, t: max(0, 1 - t * y), y, target))
    return sum(losses) / len(losses), (y, target, len(losses))


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = -tₙₖ / (n k) where tₙₖ yₙₖ < 1, else 0."""
    y, target, count = cache
    return (elementwise(lambda y, t: -dloss * t / count if t * y < 1 else 0 * y, y, target),)
