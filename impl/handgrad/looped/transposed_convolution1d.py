"""The transpose of a convolution along one axis, sum by sum: yₙₒₛ = bₒ + Σ_cₖ w_cₘₖ xₙ_cₜ.

The sum is over the channels c for which o is the m-th of their group, and over the offsets k
and the elements t that meet in s = t·stride + k·dilation - padding.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import same_range
from handgrad.looped._table import shape, table
from handgrad.looped._windows import join, spread


def forward(
    x: Lists,
    weight: Lists,
    bias: Lists,
    *,
    stride: int,
    padding: int,
    output_padding: int,
    dilation: int,
    groups: int,
) -> tuple[Lists, Cache]:
    (samples, _, length), (_, outputs, kernel) = shape(x), shape(weight)
    joined = join(len(same_range(x[0], weight)), outputs, len(bias), groups)
    met = spread(length, kernel, stride, padding, output_padding, dilation)

    def y(n: int, o: int, s: int) -> Any:
        return bias[o] + sum(
            weight[c][m][k] * x[n][c][t]
            for c, m in joined.by_channel[o]
            for t, k in met.by_element[s]
        )

    return table(y, samples, len(bias), len(met.by_element)), (x, weight, joined, met)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dxₙ_cₜ = Σₘₖ w_cₘₖ dyₙₒₛ,  dw_cₘₖ = Σₙₜ xₙ_cₜ dyₙₒₛ,  dbₒ = Σₙₛ dyₙₒₛ."""
    x, weight, joined, met = cache
    samples = range(len(x))

    def dx(n: int, c: int, t: int) -> Any:
        return sum(
            weight[c][m][k] * dy[n][o][s] for m, o in joined.by_row[c] for k, s in met.by_window[t]
        )

    def dweight(c: int, m: int, k: int) -> Any:
        _, o = joined.by_row[c][m]
        return sum(x[n][c][t] * dy[n][o][s] for n in samples for t, s in met.by_offset[k])

    def dbias(o: int) -> Any:
        return sum(number for n in samples for number in dy[n][o])

    return table(dx, *shape(x)), table(dweight, *shape(weight)), table(dbias, len(dy[0]))
