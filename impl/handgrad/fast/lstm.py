"""A long short-term memory, each step's gates compiled: see `handgrad.vectorised.lstm`.

NumPy computes exponentials and tanh many at a time, which compiled loops do not. All else of a
step goes over its gates once, forward as backward.
"""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.fast._compiled import compiled, takes
from handgrad.vectorised import lstm


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
    if not takes(x, weight, recurrent, bias, state, cell):
        return lstm.forward(x, weight, recurrent, bias, state, cell, reverse=reverse)
    return lstm.run(x, (recurrent, weight, bias[None]), state, cell, reverse, _step)


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
    if not takes(dy, *cache[:-1]):
        return lstm.backward(dy, cache, by_sample=by_sample)
    return lstm.run_back(dy, cache, by_sample, _back)


def _step(
    gates: Shaped[Array, "4 h n"],
    before: Shaped[Array, "h n"],
    c: Shaped[Array, "h n"],
    y: Shaped[Array, "h n"],
    h: Shaped[Array, "h n"],
) -> None:
    decays = np.empty_like(gates[:3])
    _decays(gates, decays)
    np.exp(decays, out=decays)
    np.tanh(gates[2], out=gates[2])
    _remember(gates, decays, before, c)
    np.multiply(gates[3], np.tanh(c, out=y), out=h)


@compiled
def _decays(a: Array, decays: Array) -> None:
    """-|a| of i, f and o."""
    _, units, samples = a.shape
    for j in range(units):
        for n in range(samples):
            decays[0, j, n] = -abs(a[0, j, n])
            decays[1, j, n] = -abs(a[1, j, n])
            decays[2, j, n] = -abs(a[3, j, n])


@compiled
def _remember(a: Array, decays: Array, before: Array, c: Array) -> None:
    """The sigmoids, of which e^-|a| is known, and the cell."""
    one = a.dtype.type(1)
    _, units, samples = a.shape
    for j in range(units):
        for n in range(samples):
            i, f, o = decays[0, j, n], decays[1, j, n], decays[2, j, n]
            i = (one if a[0, j, n] >= 0 else i) / (one + i)
            f = (one if a[1, j, n] >= 0 else f) / (one + f)
            a[0, j, n], a[1, j, n] = i, f
            a[3, j, n] = (one if a[3, j, n] >= 0 else o) / (one + o)
            c[j, n] = f * before[j, n] + i * a[2, j, n]


@compiled
def _back(
    gates: Array,
    before: Array,
    y: Array,
    dy: Array,
    dh: Array,
    dc: Array,
    da: Array,
) -> None:
    one = gates.dtype.type(1)
    _, units, samples = gates.shape
    for j in range(units):
        for n in range(samples):
            i, f, g, o = gates[0, j, n], gates[1, j, n], gates[2, j, n], gates[3, j, n]
            dhidden = dy[j, n] + dh[j, n]
            dcell = dc[j, n] + dhidden * o * (one - y[j, n] * y[j, n])
            da[0, j, n] = dcell * g * (i * (one - i))
            da[1, j, n] = dcell * before[j, n] * (f * (one - f))
            da[2, j, n] = dcell * i * (one - g * g)
            da[3, j, n] = dhidden * y[j, n] * (o * (one - o))
            dc[j, n] = dcell * f
