"""The transpose of a convolution of images, sum by sum: yₙₒᵣₛ = bₒ + Σ_cᵢⱼ w_cₘᵢⱼ xₙ_cₚ_q.

The sum is over the channels c for which o is the m-th of their group, and over what meets in
r = p·stride + i·dilation - padding and in s = q·stride + j·dilation - padding.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, same_range
from handgrad.looped._table import shape, table
from handgrad.looped._windows import join, spread


def forward(
    x: Lists,
    weight: Lists,
    bias: Lists,
    *,
    stride: tuple[int, int],
    padding: tuple[int, int],
    output_padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> tuple[Lists, Cache]:
    (samples, _, *lengths), (_, outputs, *kernel) = shape(x), shape(weight)
    joined = join(len(same_range(x[0], weight)), outputs, len(bias), groups)
    down, across = (
        spread(*axis)
        for axis in zip(lengths, kernel, stride, padding, output_padding, dilation, strict=True)
    )

    def y(n: int, o: int, r: int, s: int) -> Any:
        return bias[o] + sum(
            weight[c][m][i][j] * x[n][c][p][q]
            for c, m in joined.by_channel[o]
            for p, i in down.by_element[r]
            for q, j in across.by_element[s]
        )

    sizes = len(down.by_element), len(across.by_element)
    return table(y, samples, len(bias), *sizes), (x, weight, joined, down, across)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dxₙ_cₚ_q = Σₘᵢⱼ w_cₘᵢⱼ dyₙₒᵣₛ,  dw_cₘᵢⱼ = Σₙₚ_q xₙ_cₚ_q dyₙₒᵣₛ,  dbₒ = Σₙᵣₛ dyₙₒᵣₛ."""
    x, weight, joined, down, across = cache
    samples = range(len(x))

    def dx(n: int, c: int, p: int, q: int) -> Any:
        return sum(
            weight[c][m][i][j] * dy[n][o][r][s]
            for m, o in joined.by_row[c]
            for i, r in down.by_window[p]
            for j, s in across.by_window[q]
        )

    def dweight(c: int, m: int, i: int, j: int) -> Any:
        _, o = joined.by_row[c][m]
        return sum(
            x[n][c][p][q] * dy[n][o][r][s]
            for n in samples
            for p, r in down.by_offset[i]
            for q, s in across.by_offset[j]
        )

    def dbias(o: int) -> Any:
        return sum(number for n in samples for number in elements(dy[n][o]))

    return table(dx, *shape(x)), table(dweight, *shape(weight)), table(dbias, len(dy[0]))
