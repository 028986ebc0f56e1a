"""A simple recurrent layer: hₜ = φ(xₜ W + hₜ₋₁ U + b), where φ is tanh or relu.

Every sample starts from the same state h₀, and every hₜ is put out. In reverse, time runs
from the last step to the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_known
from handgrad.vectorised._linear import linear, linear_gradients, rows
from handgrad.vectorised._recurrence import dtanh, for_each, in_place, in_time

#: φ, and its backward pass from its output.
ACTIVATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tanh": (np.tanh, dtanh),
    "relu": (lambda a: np.maximum(a, 0), lambda dy, y: dy * (y > 0)),
}


def forward(
    x: Shaped[Array, "n t i"],
    weight: Shaped[Array, "i h"],
    recurrent: Shaped[Array, "h h"],
    bias: Shaped[Array, " h"],
    state: Shaped[Array, " h"],
    *,
    activation: str,
    reverse: bool,
) -> tuple[Shaped[Array, "n t h"], Cache]:
    require_known("activation", activation, ACTIVATIONS)
    x = in_time(x, reverse)
    phi, _ = ACTIVATIONS[activation]
    states = [for_each(state, x.shape[1])]
    for a in linear(x, weight, bias):
        states.append(phi(a + states[-1] @ recurrent))
    h = np.stack(states)
    return in_place(h[1:], reverse), (x, weight, recurrent, h, activation, reverse)


def backward(
    dy: Shaped[Array, "n t h"], cache: Cache, *, by_sample: bool = False
) -> tuple[
    Shaped[Array, "n t i"],
    Shaped[Array, "... i h"],
    Shaped[Array, "... h h"],
    Shaped[Array, "... h"],
    Shaped[Array, "... h"],
]:
    """What hₜ receives is dyₜ and what comes back from the next step: dhₜ = dyₜ + daₜ₊₁ Uᵀ."""
    x, weight, recurrent, h, activation, reverse = cache
    dy = in_time(dy, reverse)
    _, dphi = ACTIVATIONS[activation]
    back = recurrent.T.copy()  # row by row it is read faster, and it is read at every step
    dh, das = np.zeros_like(h[0]), []
    for t in reversed(range(len(x))):
        das.append(dphi(dy[t] + dh, h[t + 1]))
        dh = das[-1] @ back
    da, samples = np.stack(das[::-1]), 1 if by_sample else None
    dx, dweight, dbias = linear_gradients(da, x, weight, samples)
    drecurrent = rows(h[:-1], samples).mT @ rows(da, samples)
    dstate = dh if by_sample else dh.sum(axis=0)
    return in_place(dx, reverse), dweight, drecurrent, dbias, dstate
