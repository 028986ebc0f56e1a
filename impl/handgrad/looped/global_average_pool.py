"""The mean of each channel, sum by sum: yₙ_c = (1 / a) Σ xₙ_c over its a elements."""

from __future__ import annotations

import math
from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements
from handgrad.looped._table import shape, table


def forward(x: Lists) -> tuple[Lists, Cache]:
    samples, channels, *sizes = shape(x)
    count = math.prod(sizes)
    y = table(lambda n, c: sum(elements(x[n][c])) / count, samples, channels)
    return y, (shape(x), count)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dyₙ_c / a for every element of the channel."""
    lengths, count = cache

    def dx(n: int, c: int, *place: int) -> Any:
        return dy[n][c] / count

    return (table(dx, *lengths),)
