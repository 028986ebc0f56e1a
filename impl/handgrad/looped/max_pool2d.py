"""The maximum of each window that slides over an image, one by one.

Padding is never chosen, and among equal numbers the first is, row by row.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._table import shape, table
from handgrad.looped._windows import look


def forward(
    x: Lists,
    *,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> tuple[Lists, Cache]:
    samples, channels, height, width = shape(x)
    down = look(height, kernel[0], stride[0], padding[:2], dilation[0])
    across = look(width, kernel[1], stride[1], padding[2:], dilation[1])

    def chosen(n: int, c: int, p: int, q: int) -> tuple[int, int]:
        """The element (r, s) of window (p, q) that is largest."""
        seen = ((r, s) for _, r in down.by_window[p] for _, s in across.by_window[q])
        return max(seen, key=lambda place: x[n][c][place[0]][place[1]])

    choices = table(chosen, samples, channels, len(down.by_window), len(across.by_window))

    def y(n: int, c: int, p: int, q: int) -> Any:
        r, s = choices[n][c][p][q]
        return x[n][c][r][s]

    return table(y, *shape(choices)), (shape(x), choices)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """dxₙ_cᵣₛ = Σₚ_q dyₙ_cₚ_q over the windows (p, q) that chose (r, s)."""
    sizes, choices = cache

    def dx(n: int, c: int, r: int, s: int) -> Any:
        return sum(
            dy[n][c][p][q]
            for p, row in enumerate(choices[n][c])
            for q, choice in enumerate(row)
            if choice == (r, s)
        )

    return (table(dx, *sizes),)
