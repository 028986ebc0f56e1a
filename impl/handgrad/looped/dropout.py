"""Dropout with a mask that is given, element by element: y = x m / (1 - p)."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise


def forward(x: Lists, *, mask: Lists, probability: float) -> tuple[Lists, Cache]:
    return elementwise(lambda x, m: x * m / (1 - probability), x, mask), (mask, probability)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy m / (1 - p)."""
    mask, probability = cache
    return (elementwise(lambda dy, m: dy * m / (1 - probability), dy, mask),)
