"""A long short-term memory: hₜ = o ∘ tanh cₜ, where cₜ = f ∘ cₜ₋₁ + i ∘ g.

The gates i, f and o are sigmoids and g is a tanh, in the order i, f, g, o along
aₜ = xₜ W + hₜ₋₁ U + b. Every sample starts from the same h₀ (state) and c₀ (cell), and every hₜ
is put out. In reverse, time runs from the last step to the first.

Source: Hochreiter and Schmidhuber, Neural Computation 9 (1997), 1735-1780; the forget gate:
Gers, Schmidhuber and Cummins, Neural Computation 12 (2000), 2451-2471.
"""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._linear import linear, linear_gradients, rows
from handgrad.vectorised._logistic import sigmoid
from handgrad.vectorised._recurrence import dsigmoid, dtanh, for_each, in_place, in_time, parts


def forward(
    x: Shaped[Array, "n t i"],
    weight: Shaped[Array, "i g"],
    recurrent: Shaped[Array, "h g"],
    bias: Shaped[Array, " g"],
    state: Shaped[Array, " h"],
    cell: Shaped[Array, " h"],
    *,
    reverse: bool,
) -> tuple[Shaped[Array, "n t h"], Cache]:
    x = in_time(x, reverse)
    samples = x.shape[1]
    c, states, gates = for_each(cell, samples), [for_each(state, samples)], []
    for from_input in linear(x, weight, bias):
        a = states[-1] @ recurrent
        a += from_input
        (i, f, _, o), g = parts(sigmoid(a), 4), np.tanh(parts(a, 4)[2])
        before, c = c, f * c + i * g
        y = np.tanh(c)
        gates.append((i, f, g, o, before, y))
        states.append(o * y)
    h = np.stack(states)
    return in_place(h[1:], reverse), (x, weight, recurrent, h, gates, reverse)


def backward(
    dy: Shaped[Array, "n t h"], cache: Cache, *, by_sample: bool = False
) -> tuple[
    Shaped[Array, "n t i"],
    Shaped[Array, "... i g"],
    Shaped[Array, "... h g"],
    Shaped[Array, "... g"],
    Shaped[Array, "... h"],
    Shaped[Array, "... h"],
]:
    """Two paths lead back in time, one through the states and one through the cells.

    dhₜ = dyₜ + daₜ₊₁ Uᵀ and dcₜ = dhₜ ∘ oₜ ∘ (1 - tanh² cₜ) + dcₜ₊₁ ∘ fₜ₊₁.
    """
    x, weight, recurrent, h, gates, reverse = cache
    dy = in_time(dy, reverse)
    back = recurrent.T.copy()  # row by row it is read faster, and it is read at every step
    dh, dc, das = np.zeros_like(h[0]), np.zeros_like(h[0]), []
    for t in reversed(range(len(x))):
        i, f, g, o, before, y = gates[t]
        dh = dy[t] + dh
        dc = dtanh(dh * o, y) + dc
        da_i, da_f = dsigmoid(dc * g, i), dsigmoid(dc * before, f)
        da_g, da_o = dtanh(dc * i, g), dsigmoid(dh * y, o)
        das.append(np.concatenate([da_i, da_f, da_g, da_o], axis=1))
        dh, dc = das[-1] @ back, dc * f
    da, samples = np.stack(das[::-1]), 1 if by_sample else None
    dx, dweight, dbias = linear_gradients(da, x, weight, samples)
    drecurrent = rows(h[:-1], samples).mT @ rows(da, samples)
    dstates = (dh, dc) if by_sample else (dh.sum(axis=0), dc.sum(axis=0))
    return in_place(dx, reverse), dweight, drecurrent, dbias, *dstates
