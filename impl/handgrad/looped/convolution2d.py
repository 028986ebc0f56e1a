"""Convolution of images, sum by sum: yₙₒₚ_q = bₒ + Σₘᵢⱼ wₒₘᵢⱼ xₙ_cᵣₛ.

Here r = p·stride + i·dilation - top, s = q·stride + j·dilation - left, and c is the m-th
channel of the group of o.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, same_range
from handgrad.looped._table import shape, table
from handgrad.looped._windows import join, slide


def forward(
    x: Lists,
    weight: Lists,
    bias: Lists,
    *,
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
    groups: int,
) -> tuple[Lists, Cache]:
    (samples, channels, *sizes), (outputs, inputs, *kernel) = shape(x), shape(weight)
    joined = join(outputs, inputs, channels, groups)
    down = slide(sizes[0], kernel[0], stride[0], padding[:2], dilation[0])
    across = slide(sizes[1], kernel[1], stride[1], padding[2:], dilation[1])

    def y(n: int, o: int, p: int, q: int) -> Any:
        return bias[o] + sum(
            weight[o][m][i][j] * x[n][c][r][s]
            for m, c in joined.by_row[o]
            for i, r in down.by_window[p]
            for j, s in across.by_window[q]
        )

    lengths = samples, len(same_range(weight, bias)), len(down.by_window), len(across.by_window)
    return table(y, *lengths), (x, weight, joined, down, across)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dxₙ_cᵣₛ = Σₒₚ_q wₒₘᵢⱼ dyₙₒₚ_q,  dwₒₘᵢⱼ = Σₙₚ_q dyₙₒₚ_q xₙ_cᵣₛ,  dbₒ = Σₙₚ_q dyₙₒₚ_q."""
    x, weight, joined, down, across = cache
    samples = range(len(x))

    def dx(n: int, c: int, r: int, s: int) -> Any:
        return sum(
            weight[o][m][i][j] * dy[n][o][p][q]
            for o, m in joined.by_channel[c]
            for p, i in down.by_element[r]
            for q, j in across.by_element[s]
        )

    def dweight(o: int, m: int, i: int, j: int) -> Any:
        _, c = joined.by_row[o][m]
        return sum(
            dy[n][o][p][q] * x[n][c][r][s]
            for n in samples
            for p, r in down.by_offset[i]
            for q, s in across.by_offset[j]
        )

    def dbias(o: int) -> Any:
        return sum(number for n in samples for number in elements(dy[n][o]))

    return table(dx, *shape(x)), table(dweight, *shape(weight)), table(dbias, len(weight))
