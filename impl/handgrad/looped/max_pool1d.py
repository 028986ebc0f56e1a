"""The maximum of each window that slides along an axis, one by one.

Padding is never chosen, and among equal numbers the first is.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._table import shape, table
from handgrad.looped._windows import look


def forward(
    x: Lists, *, kernel: int, stride: int, padding: tuple[int, int], dilation: int
) -> tuple[Lists, Cache]:
    samples, channels, length = shape(x)
    met = look(length, kernel, stride, padding, dilation)

    def chosen(n: int, c: int, t: int) -> int:
        """The element s of window t that is largest."""
        return max((s for _, s in met.by_window[t]), key=lambda s: x[n][c][s])

    choices = table(chosen, samples, channels, len(met.by_window))
    y = table(lambda n, c, t: x[n][c][choices[n][c][t]], *shape(choices))
    return y, (shape(x), choices)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """dxₙ_cₛ = Σₜ dyₙ_cₜ over the windows t that chose s."""
    sizes, choices = cache

    def dx(n: int, c: int, s: int) -> Any:
        return sum(dy[n][c][t] for t, choice in enumerate(choices[n][c]) if choice == s)

    return (table(dx, *sizes),)
