"""The leaky rectifier, element by element: y = x where x > 0, else slope·x, also at the kink."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise


def forward(x: Lists, *, slope: float) -> tuple[Lists, Cache]:
    return elementwise(lambda x: x if x > 0 else slope * x, x), (x, slope)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy where x > 0, else slope·dy."""
    x, slope = cache
    return (elementwise(lambda dy, x: dy if x > 0 else slope * dy, dy, x),)
