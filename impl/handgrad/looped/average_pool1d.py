"""The mean of each window that slides along an axis, sum by sum: yₙ_cₜ = (1 / aₜ) Σₖ xₙ_cₛ.

aₜ is the number of elements that window t sees, or with padding counted the whole kernel.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._table import shape, table
from handgrad.looped._windows import look


def forward(
    x: Lists, *, kernel: int, stride: int, padding: tuple[int, int], count_padding: bool
) -> tuple[Lists, Cache]:
    samples, channels, length = shape(x)
    met = look(length, kernel, stride, padding)
    counts = [kernel if count_padding else len(seen) for seen in met.by_window]

    def y(n: int, c: int, t: int) -> Any:
        return sum(x[n][c][s] for _, s in met.by_window[t]) / counts[t]

    return table(y, samples, channels, len(counts)), (shape(x), met, counts)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """dxₙ_cₛ = Σₜ dyₙ_cₜ / aₜ over the windows t that see s."""
    sizes, met, counts = cache

    def dx(n: int, c: int, s: int) -> Any:
        return sum(dy[n][c][t] / counts[t] for t, _ in met.by_element[s])

    return (table(dx, *sizes),)
