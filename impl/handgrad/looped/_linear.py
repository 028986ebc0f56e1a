"""A dense layer at every step of every sequence, sum by sum: yₙₜₒ = Σᵢ xₙₜᵢ Wᵢₒ + bₒ."""

from __future__ import annotations

from handgrad.arrays import Lists
from handgrad.looped._lists import same_range


def linear(x: Lists, weight: Lists, bias: Lists) -> Lists:
    inputs, outputs = same_range(x[0][0], weight), same_range(weight[0], bias)
    return [
        [[sum(step[i] * weight[i][o] for i in inputs) + bias[o] for o in outputs] for step in steps]
        for steps in x
    ]


def linear_gradients(dy: Lists, x: Lists, weight: Lists) -> tuple[Lists, Lists, Lists]:
    """dxₙₜᵢ = Σₒ dyₙₜₒ Wᵢₒ,  dWᵢₒ = Σₙ Σₜ xₙₜᵢ dyₙₜₒ,  dbₒ = Σₙ Σₜ dyₙₜₒ."""
    inputs, outputs = range(len(weight)), range(len(weight[0]))
    dx = [
        [[sum(dstep[o] * weight[i][o] for o in outputs) for i in inputs] for dstep in dsteps]
        for dsteps in dy
    ]
    dbias = [sum(dstep[o] for dsteps in dy for dstep in dsteps) for o in outputs]
    return dx, products(x, dy), dbias


def products(x: Lists, dy: Lists) -> Lists:
    """dWᵢₒ = Σₙ Σₜ xₙₜᵢ dyₙₜₒ."""
    samples, steps = same_range(x, dy), same_range(x[0], dy[0])
    inputs, outputs = range(len(x[0][0])), range(len(dy[0][0]))
    return [
        [sum(x[n][t][i] * dy[n][t][o] for n in samples for t in steps) for o in outputs]
        for i in inputs
    ]
