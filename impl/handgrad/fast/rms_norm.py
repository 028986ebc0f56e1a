"""Normalisation by the root mean square, compiled: see `handgrad.vectorised.rms_norm`."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.fast import _rows
from handgrad.fast._compiled import takes
from handgrad.vectorised import rms_norm


def forward(
    x: Shaped[Array, "*n f"], weight: Shaped[Array, " f"], *, epsilon: float
) -> tuple[Shaped[Array, "*n f"], Cache]:
    if not (takes(x, weight) and x.shape[-1:] == weight.shape):
        return rms_norm.forward(x, weight, epsilon=epsilon)
    weights = weight[None]
    rows = x.reshape(-1, len(weight))
    y, cache = _rows.forward(rows, weights, np.zeros_like(weights), epsilon, False)
    return y.reshape(x.shape), cache


def backward(
    dy: Shaped[Array, "*n f"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "*n f"], Shaped[Array, "... f"]]:
    """All of it in one pass."""
    if not isinstance(cache, _rows.Rows):
        return rms_norm.backward(dy, cache, by_sample=by_sample)
    samples = (len(dy),) if by_sample else ()
    dx, dweights, _ = _rows.backward(dy.reshape(cache.rows.shape), cache, *samples)
    return dx.reshape(dy.shape), dweights.reshape(*samples, dy.shape[-1])
