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

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._logistic import sigmoid
from handgrad.vectorised._recurrence import dtanh, in_place, samples_last
from handgrad.vectorised._small import in_blocks

#: So many steps add to the gradients at once, while they are near the processor.
TOGETHER = 10
#: So many rows at a time are copied into columns: the lines that they touch fit the cache.
ROWS = 16


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
    return run(x, (recurrent, weight, bias[None]), state, cell, reverse, _step)


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
    return run_back(dy, cache, by_sample, _back)


def run(
    x: Shaped[Array, "n t i"],
    weights: tuple[Shaped[Array, "h g"], Shaped[Array, "i g"], Shaped[Array, "1 g"]],
    state: Shaped[Array, " h"],
    cell: Shaped[Array, " h"],
    reverse: bool,
    step: Callable[[Array, Array, Array, Array, Array], None],
) -> tuple[Shaped[Array, "n t h"], Cache]:
    """Step by step; `step` turns aₜ into gates, and fills in cₜ, tanh cₜ and hₜ."""
    (samples, steps, width), units = x.shape, len(state)
    inputs = np.empty_like(x, order="C", shape=(steps + 1, units + width + 1, samples))
    inputs[0, :units] = state[:, None]
    samples_last(x, reverse, out=inputs[:-1, units:-1])
    inputs[:, -1] = 1
    h = inputs[:, :units]
    gates = np.empty_like(inputs, shape=(steps, 4, units, samples))
    cells = np.empty_like(inputs, shape=(steps + 1, units, samples))
    cells[0] = cell[:, None]
    outputs = np.empty_like(cells[1:])
    joined = np.empty_like(inputs, shape=(inputs.shape[1], 4 * units))
    np.concatenate(weights, out=joined)
    turned = in_blocks(_transposed(joined), samples)
    for t in range(steps):
        np.matmul(turned, inputs[t], out=gates[t].reshape(len(turned), -1, samples))
        step(gates[t], cells[t], cells[t + 1], outputs[t], h[t + 1])
    return in_place(h[1:].mT, reverse), (joined[:-1], inputs, gates, cells, outputs, reverse)


def run_back(
    dy: Shaped[Array, "n t h"],
    cache: Cache,
    by_sample: bool,
    back: Callable[[Array, Array, Array, Array, Array, Array, Array], None],
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Step by step back; `back` fills in daₜ, and turns what came back to cₜ into what goes on."""
    joined, inputs, gates, cells, outputs, reverse = cache
    steps, _, units, samples = gates.shape
    dy = samples_last(dy, reverse, out=np.empty_like(outputs))
    joined = in_blocks(joined, samples)
    dinputs = np.empty_like(inputs[1:, :-1])
    das = np.empty_like(gates, shape=(TOGETHER, 4, units, samples))
    dh, dc = np.zeros_like(cells[0]), np.zeros_like(cells[0])
    djoined: Any = 0
    for t in reversed(range(steps)):
        da = das[t % TOGETHER]
        back(gates[t], cells[t], outputs[t], dy[t], dh, dc, da)
        into = dinputs[t].reshape(len(joined), -1, samples)
        np.matmul(joined, da.reshape(4 * units, samples), out=into)
        dh = dinputs[t, :units]
        if t % TOGETHER == 0:
            now = das[: steps - t].reshape(-1, 4 * units, samples)
            djoined += _outer(inputs[t : t + len(now)], now, by_sample)
    dx = in_place(dinputs[:, units:].mT, reverse)
    drecurrent, dweight, dbias = np.split(djoined, [units, -1], axis=-2)
    dstates = (dh.T, dc.T) if by_sample else (dh.sum(axis=1), dc.sum(axis=1))
    return dx, dweight, drecurrent, dbias[..., 0, :], *dstates


def _step(
    gates: Shaped[Array, "4 h n"],
    before: Shaped[Array, "h n"],
    c: Shaped[Array, "h n"],
    y: Shaped[Array, "h n"],
    h: Shaped[Array, "h n"],
) -> None:
    i, f, g, o = gates
    gates[:2], o[:] = sigmoid(gates[:2]), sigmoid(o)
    np.tanh(g, out=g)
    np.multiply(f, before, out=c)
    c += i * g
    np.multiply(o, np.tanh(c, out=y), out=h)


def _back(
    gates: Shaped[Array, "4 h n"],
    before: Shaped[Array, "h n"],
    y: Shaped[Array, "h n"],
    dy: Shaped[Array, "h n"],
    dh: Shaped[Array, "h n"],
    dc: Shaped[Array, "h n"],
    da: Shaped[Array, "4 h n"],
) -> None:
    i, f, g, o = gates
    dh = dy + dh
    dc += dtanh(dh * o, y)
    np.multiply(dc, g, out=da[0])
    np.multiply(dc, before, out=da[1])
    np.multiply(dc, i, out=da[2])
    np.multiply(dh, y, out=da[3])
    da *= _slopes(gates)
    dc *= f


def _slopes(gates: Shaped[Array, "4 h n"]) -> Shaped[Array, "4 h n"]:
    """σ' = σ (1 - σ) of i, f and o, and tanh' = 1 - tanh² of g."""
    slopes: Array = 1 - gates
    slopes *= gates
    np.multiply(gates[2], gates[2], out=slopes[2])
    np.subtract(1, slopes[2], out=slopes[2])
    return slopes


def _outer(
    x: Shaped[Array, "t k n"], da: Shaped[Array, "t g n"], by_sample: bool
) -> Shaped[Array, "... k g"]:
    """The sum of x daᵀ over the steps, and over the samples where they are not kept apart."""
    if by_sample:
        return x.transpose(2, 1, 0) @ da.transpose(2, 0, 1)
    rows, columns = (array.swapaxes(0, 1).reshape(array.shape[1], -1) for array in (x, da))
    return rows @ columns.T


def _transposed(matrix: Shaped[Array, "k g"]) -> Shaped[Array, "g k"]:
    """In memory, some rows at a time."""
    turned = np.empty_like(matrix, shape=matrix.shape[::-1])
    for k in range(0, len(matrix), ROWS):
        turned[:, k : k + ROWS] = matrix[k : k + ROWS].T
    return turned
