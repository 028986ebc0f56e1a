"""A gated recurrent unit: hₜ = (1 - z) ∘ n + z ∘ hₜ₋₁, where n = tanh(aₙ + r ∘ uₙ).

The gates r and z are the sigmoids of a + u. The three parts of aₜ = xₜ W + b and
uₜ = hₜ₋₁ U + c are in the order r, z, n. Every sample starts from the same state h₀, and every hₜ
is put out. In reverse, time runs from the last step to the first.

Source: Cho et al., EMNLP 2014, 1724-1734, in the form with the reset gate after the product
hₜ₋₁ U, as cuDNN computes it.
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
    recurrent_bias: Shaped[Array, " g"],
    state: Shaped[Array, " h"],
    *,
    reverse: bool,
) -> tuple[Shaped[Array, "n t h"], Cache]:
    x = in_time(x, reverse)
    states, gates = [for_each(state, x.shape[1])], []
    for a in linear(x, weight, bias):
        h = states[-1]
        a_r, a_z, a_n = parts(a, 3)
        u_r, u_z, u_n = parts(h @ recurrent + recurrent_bias, 3)
        r, z = sigmoid(a_r + u_r), sigmoid(a_z + u_z)
        n = np.tanh(a_n + r * u_n)
        gates.append((r, z, n, u_n))
        states.append((1 - z) * n + z * h)
    h = np.stack(states)
    return in_place(h[1:], reverse), (x, weight, recurrent, h, gates, reverse)


def backward(
    dy: Shaped[Array, "n t h"], cache: Cache, *, by_sample: bool = False
) -> tuple[
    Shaped[Array, "n t i"],
    Shaped[Array, "... i g"],
    Shaped[Array, "... h g"],
    Shaped[Array, "... g"],
    Shaped[Array, "... g"],
    Shaped[Array, "... h"],
]:
    """Two paths lead back in time: dhₜ = dyₜ + duₜ₊₁ Uᵀ + dhₜ₊₁ ∘ zₜ₊₁.

    da and du are the same for the gates; for n, du = da ∘ r.
    """
    x, weight, recurrent, h, gates, reverse = cache
    dy = in_time(dy, reverse)
    back = recurrent.T.copy()  # row by row it is read faster, and it is read at every step
    dh, das, dus = np.zeros_like(h[0]), [], []
    for t in reversed(range(len(x))):
        r, z, n, u_n = gates[t]
        dh = dy[t] + dh
        da_z = dsigmoid(dh * (h[t] - n), z)
        da_n = dtanh(dh * (1 - z), n)
        da_r = dsigmoid(da_n * u_n, r)
        das.append(np.concatenate([da_r, da_z, da_n], axis=1))
        dus.append(np.concatenate([da_r, da_z, da_n * r], axis=1))
        dh = dus[-1] @ back + dh * z
    samples = 1 if by_sample else None
    da, du = np.stack(das[::-1]), rows(np.stack(dus[::-1]), samples)
    dx, dweight, dbias = linear_gradients(da, x, weight, samples)
    drecurrent = rows(h[:-1], samples).mT @ du
    dstate = dh if by_sample else dh.sum(axis=0)
    return in_place(dx, reverse), dweight, drecurrent, dbias, du.sum(axis=-2), dstate
