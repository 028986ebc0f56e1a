"""The mean squared error, sum by sum: L = (1 / n k) Σₙ Σₖ (yₙₖ - tₙₖ)²."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise


def forward(y: Lists, target: Lists) -> tuple[Any, Cache]:
    squares = elements(elementwise(lambda y, t: (y - t) * (y - t), y, target))
    return sum(squares) / len(squares), (y, target, len(squares))


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = 2 (yₙₖ - tₙₖ) / (n k)."""
    y, target, count = cache
    return (elementwise(lambda y, t: dloss * 2 * (y - t) / count, y, target),)
