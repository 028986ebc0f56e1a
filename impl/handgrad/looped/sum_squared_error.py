"""The sum of squares, sum by sum: L = Σₙ Σₖ (yₙₖ - tₙₖ)²."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise


def forward(y: Lists, target: Lists) -> tuple[Any, Cache]:
    squares = elementwise(lambda y, t: (y - t) * (y - t), y, target)
    return sum(elements(squares)), (y, target)


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = 2 (yₙₖ - tₙₖ)."""
    y, target = cache
    return (elementwise(lambda y, t: dloss * 2 * (y - t), y, target),)
