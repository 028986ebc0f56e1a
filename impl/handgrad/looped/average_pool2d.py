"""The mean of each window that slides over an image: yₙ_cₚ_q = (1 / aₚ_q) Σᵢⱼ xₙ_cᵣₛ.

aₚ_q is the number of elements that window (p, q) sees, or with padding counted the whole kernel.
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
    count_padding: bool,
) -> tuple[Lists, Cache]:
    samples, channels, height, width = shape(x)
    down = look(height, kernel[0], stride[0], padding[:2])
    across = look(width, kernel[1], stride[1], padding[2:])

    def count(p: int, q: int) -> int:
        seen = len(down.by_window[p]) * len(across.by_window[q])
        return kernel[0] * kernel[1] if count_padding else seen

    counts = table(count, len(down.by_window), len(across.by_window))

    def y(n: int, c: int, p: int, q: int) -> Any:
        seen = (x[n][c][r][s] for _, r in down.by_window[p] for _, s in across.by_window[q])
        return sum(seen) / counts[p][q]

    return table(y, samples, channels, *shape(counts)), (shape(x), down, across, counts)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """dxₙ_cᵣₛ = Σₚ_q dyₙ_cₚ_q / aₚ_q over the windows (p, q) that see (r, s)."""
    sizes, down, across, counts = cache

    def dx(n: int, c: int, r: int, s: int) -> Any:
        return sum(
            dy[n][c][p][q] / counts[p][q]
            for p, _ in down.by_element[r]
            for q, _ in across.by_element[s]
        )

    return (table(dx, *sizes),)
