"""A dense layer, sum by sum: yₙₒ = Σᵢ xₙᵢ Wᵢₒ + bₒ."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import same_range


def forward(x: Lists, weight: Lists, bias: Lists) -> tuple[Lists, Cache]:
    samples, inputs, outputs = range(len(x)), same_range(x[0], weight), same_range(weight[0], bias)
    y = [[sum(x[n][i] * weight[i][o] for i in inputs) + bias[o] for o in outputs] for n in samples]
    return y, (x, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dxₙᵢ = Σₒ dyₙₒ Wᵢₒ,  dWᵢₒ = Σₙ xₙᵢ dyₙₒ,  dbₒ = Σₙ dyₙₒ."""
    x, weight = cache
    samples, inputs, outputs = range(len(dy)), range(len(weight)), range(len(dy[0]))
    dx = [[sum(dy[n][o] * weight[i][o] for o in outputs) for i in inputs] for n in samples]
    dweight = [[sum(x[n][i] * dy[n][o] for n in samples) for o in outputs] for i in inputs]
    dbias = [sum(dy[n][o] for n in samples) for o in outputs]
    return dx, dweight, dbias
