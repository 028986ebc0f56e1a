"""The smooth rectifier, element by element: y = log(1 + eˣ)."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise, sigmoid, softplus


def forward(x: Lists) -> tuple[Lists, Cache]:
    return elementwise(softplus, x), x


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy σ(x)."""
    x = cache
    return (elementwise(lambda dy, x: dy * sigmoid(x), dy, x),)
