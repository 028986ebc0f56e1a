"""The maximum of each channel, the first in row-major order among equal numbers."""

from __future__ import annotations

from itertools import product
from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._table import entry, shape, table


def forward(x: Lists) -> tuple[Lists, Cache]:
    samples, channels, *sizes = shape(x)

    def chosen(n: int, c: int) -> tuple[int, ...]:
        """The place of the largest element."""
        return max(product(*map(range, sizes)), key=lambda place: entry(x[n][c], place))

    choices = table(chosen, samples, channels)
    y = table(lambda n, c: entry(x[n][c], choices[n][c]), samples, channels)
    return y, (shape(x), choices)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dyₙ_c where the maximum is, else 0."""
    lengths, choices = cache

    def dx(n: int, c: int, *place: int) -> Any:
        return dy[n][c] if place == choices[n][c] else 0 * dy[n][c]

    return (table(dx, *lengths),)
