"""Convolution along one axis, sum by sum: yₙₒₜ = bₒ + Σₘₖ wₒₘₖ xₙ_cₛ.

Here s = t·stride + k·dilation - before, and c is the m-th channel of the group of o.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import same_range
from handgrad.looped._table import shape, table
from handgrad.looped._windows import join, slide


def forward(
    x: Lists,
    weight: Lists,
    bias: Lists,
    *,
    stride: int,
    padding: tuple[int, int],
    dilation: int,
    groups: int,
) -> tuple[Lists, Cache]:
    (samples, channels, length), (outputs, inputs, kernel) = shape(x), shape(weight)
    joined = join(outputs, inputs, channels, groups)
    met = slide(length, kernel, stride, padding, dilation)

    def y(n: int, o: int, t: int) -> Any:
        return bias[o] + sum(
            weight[o][m][k] * x[n][c][s] for m, c in joined.by_row[o] for k, s in met.by_window[t]
        )

    lengths = samples, len(same_range(weight, bias)), len(met.by_window)
    return table(y, *lengths), (x, weight, joined, met)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dxₙ_cₛ = Σₒₜ wₒₘₖ dyₙₒₜ,  dwₒₘₖ = Σₙₜ dyₙₒₜ xₙ_cₛ,  dbₒ = Σₙₜ dyₙₒₜ."""
    x, weight, joined, met = cache
    samples = range(len(x))

    def dx(n: int, c: int, s: int) -> Any:
        return sum(
            weight[o][m][k] * dy[n][o][t]
            for o, m in joined.by_channel[c]
            for t, k in met.by_element[s]
        )

    def dweight(o: int, m: int, k: int) -> Any:
        _, c = joined.by_row[o][m]
        return sum(dy[n][o][t] * x[n][c][s] for n in samples for t, s in met.by_offset[k])

    def dbias(o: int) -> Any:
        return sum(number for n in samples for number in dy[n][o])

    return table(dx, *shape(x)), table(dweight, *shape(weight)), table(dbias, len(weight))
