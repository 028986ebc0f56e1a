"""A long short-term memory: hₜ = o ∘ tanh cₜ, where cₜ = f ∘ cₜ₋₁ + i ∘ g.

The gates i, f and o are sigmoids and g is a tanh, in the order i, f, g, o along
aₜ = xₜ W + hₜ₋₁ U + b. Every sample starts from the same h₀ (state) and c₀ (cell), and every hₜ
is put out. In reverse, time runs from the last step to the first.

Inside, the samples are the last axis, so that each gate is in one piece of memory. What goes into
a step, hₜ₋₁ and xₜ and 1, is one column for each sample: U, W and b take part in one product.

Source: Hochreiter and Schmidhuber, Neural Computation 9 (1997), 1735-1780; the forget gate:
Gers, Schmidhuber and Cummins, Neural Computation 12 (2000), 2451-2471.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._logistic import sigmoid
from handgrad.vectorised._recurrence import dtanh, in_place, in_time
from handgrad.vectorised._small import in_blocks

#: So many steps add to the gradients at once, while they are near the processor.
TOGETHER = 10


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
    (samples, steps, _), units = x.shape, len(state)
    x = np.concatenate([x, np.ones_like(x[..., :1])], axis=2)
    inputs = np.empty_like(x, shape=(steps + 1, units + x.shape[2], samples))
    inputs[0, :units] = state[:, None]
    inputs[:-1, units:] = in_time(x, reverse).mT
    h = inputs[:, :units]
    gates = np.empty_like(x, shape=(steps, 4, units, samples))
    cells = np.empty_like(x, shape=(steps + 1, units, samples))
    cells[0] = cell[:, None]
    joined = in_blocks(np.concatenate([recurrent, weight, bias[None]]).T.copy(), samples)
    for t in range(steps):
        i, f, g, o = a = gates[t]
        np.matmul(joined, inputs[t], out=a.reshape(len(joined), -1, samples))
        a[:2], o[:] = sigmoid(a[:2]), sigmoid(o)
        np.tanh(g, out=g)
        c = np.multiply(f, cells[t], out=cells[t + 1])
        c += i * g
        np.multiply(o, np.tanh(c), out=h[t + 1])
    return in_place(h[1:].mT, reverse), (weight, recurrent, inputs, gates, cells, reverse)


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
    weight, recurrent, inputs, gates, cells, reverse = cache
    steps, _, units, samples = gates.shape
    dy = in_time(dy, reverse).mT
    joined = in_blocks(np.concatenate([recurrent, weight]), samples)
    dinputs = np.empty_like(inputs, shape=(steps, units + len(weight), samples))
    das, slopes = np.empty_like(gates[:TOGETHER]), np.empty_like(gates[0])
    dh, dc = np.zeros_like(cells[0]), np.zeros_like(cells[0])
    djoined: Any = 0
    for t in reversed(range(steps)):
        (i, f, g, o), y, da = gates[t], np.tanh(cells[t + 1]), das[t % TOGETHER]
        dh = dy[t] + dh
        dc += dtanh(dh * o, y)
        np.multiply(dc, g, out=da[0])
        np.multiply(dc, cells[t], out=da[1])
        np.multiply(dc, i, out=da[2])
        np.multiply(dh, y, out=da[3])
        da *= _slopes(gates[t], slopes)
        back = dinputs[t].reshape(len(joined), -1, samples)
        np.matmul(joined, da.reshape(4 * units, samples), out=back)
        dh = dinputs[t, :units]
        dc *= f
        if t % TOGETHER == 0:
            now = das[: steps - t].reshape(-1, 4 * units, samples)
            djoined += _outer(inputs[t : t + len(now)], now, by_sample)
    dx = in_place(dinputs[:, units:].mT, reverse)
    drecurrent, dweight, dbias = np.split(djoined, [units, -1], axis=-2)
    dstates = (dh.T, dc.T) if by_sample else (dh.sum(axis=1), dc.sum(axis=1))
    return dx, dweight, drecurrent, dbias[..., 0, :], *dstates


def _slopes(gates: Shaped[Array, "4 h n"], out: Array) -> Shaped[Array, "4 h n"]:
    """σ' = σ (1 - σ) of i, f and o, and tanh' = 1 - tanh² of g."""
    np.subtract(1, gates, out=out)
    out *= gates
    np.multiply(gates[2], gates[2], out=out[2])
    np.subtract(1, out[2], out=out[2])
    return out


def _outer(
    x: Shaped[Array, "t k n"], da: Shaped[Array, "t g n"], by_sample: bool
) -> Shaped[Array, "... k g"]:
    """The sum of x daᵀ over the steps, and over the samples where they are not kept apart."""
    if by_sample:
        return x.transpose(2, 1, 0) @ da.transpose(2, 0, 1)
    rows, columns = (array.swapaxes(0, 1).reshape(array.shape[1], -1) for array in (x, da))
    return rows @ columns.T
