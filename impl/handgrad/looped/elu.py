"""The exponential linear unit, element by element: y = x where x > 0, else alpha (eˣ - 1).

Where alpha is not 1 there is a kink at 0, at which the slope is alpha.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise, exp, expm1


def forward(x: Lists, *, alpha: float) -> tuple[Lists, Cache]:
    return elementwise(lambda x: x if x > 0 else alpha * expm1(x), x), (x, alpha)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy where x > 0, else dy alpha eˣ."""
    x, alpha = cache
    return (elementwise(lambda dy, x: dy if x > 0 else dy * (alpha * exp(x)), dy, x),)
