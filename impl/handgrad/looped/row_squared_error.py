"""The squared error of each row by itself: Lₙ = Σₖ (yₙₖ - tₙₖ)², one loss a sample."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise, same_range


def forward(y: Lists, target: Lists) -> tuple[Lists, Cache]:
    squares = elementwise(lambda y, t: (y - t) * (y - t), y, target)
    return [sum(elements(row)) for row in squares], (y, target)


def backward(dloss: Lists, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = 2 (yₙₖ - tₙₖ) dLₙ."""
    y, target = cache
    dy = [
        elementwise(lambda y, t, dloss=dloss[n]: 2 * (y - t) * dloss, y[n], target[n])
        for n in same_range(y, target, dloss)
    ]
    return (dy,)
