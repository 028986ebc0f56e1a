"""The sigmoid-weighted linear unit, or swish, element by element: y = x σ(x)."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise, sigmoid


def forward(x: Lists) -> tuple[Lists, Cache]:
    return elementwise(lambda x: x * sigmoid(x), x), x


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy σ(x) (1 + x σ(-x))."""
    x = cache
    return (elementwise(lambda dy, x: dy * sigmoid(x) * (1 + x * sigmoid(-x)), dy, x),)
