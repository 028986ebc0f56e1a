"""The rectifier, element by element: y = max(x, 0), with slope 0 at the kink."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise


def forward(x: Lists) -> tuple[Lists, Cache]:
    return elementwise(lambda x: x if x > 0 else 0 * x, x), x


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy where x > 0, else 0."""
    x = cache
    return (elementwise(lambda dy, x: dy if x > 0 else 0 * dy, dy, x),)
