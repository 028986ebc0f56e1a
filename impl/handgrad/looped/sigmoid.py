"""The logistic sigmoid, element by element: y = σ(x) = 1 / (1 + e⁻ˣ)."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise, sigmoid


def forward(x: Lists) -> tuple[Lists, Cache]:
    y = elementwise(sigmoid, x)
    return y, y


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy · σ (1 - σ)."""
    y = cache
    return (elementwise(lambda dy, y: dy * y * (1 - y), dy, y),)
