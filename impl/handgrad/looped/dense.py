"""A dense layer, sum by sum: yₙₒ = Σᵢ xₙᵢ Wᵢₒ + bₒ."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import by_row, rows, same_range


def forward(x: Lists, weight: Lists, bias: Lists) -> tuple[Lists, Cache]:
    inputs, outputs = same_range(rows(x)[0], weight), same_range(weight[0], bias)
    y = by_row(lambda x: [sum(x[i] * weight[i][o] for i in inputs) + bias[o] for o in outputs], x)
    return y, (x, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dxₙᵢ = Σₒ dyₙₒ Wᵢₒ,  dWᵢₒ = Σₙ xₙᵢ dyₙₒ,  dbₒ = Σₙ dyₙₒ."""
    x, weight = cache
    inputs, outputs = range(len(weight)), range(len(weight[0]))
    dx = by_row(lambda dy: [sum(dy[o] * weight[i][o] for o in outputs) for i in inputs], dy)
    x, dy = rows(x), rows(dy)
    samples = range(len(dy))
    dweight = [[sum(x[n][i] * dy[n][o] for n in samples) for o in outputs] for i in inputs]
    dbias = [sum(dy[n][o] for n in samples) for o in outputs]
    return dx, dweight, dbias
