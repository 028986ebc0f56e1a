"""Batch normalisation in training, compiled: see `handgrad.vectorised.batch_norm`."""

from __future__ import annotations

import math

from handgrad.arrays import Array, Cache, Shaped
from handgrad.fast import _columns
from handgrad.fast._compiled import takes
from handgrad.vectorised import batch_norm

MIXES_SAMPLES = True


def forward(
    x: Shaped[Array, "n c *s"],
    weight: Shaped[Array, " c"],
    bias: Shaped[Array, " c"],
    *,
    epsilon: float,
) -> tuple[Shaped[Array, "n c *s"], Cache]:
    if not (takes(x, weight, bias) and weight.shape == bias.shape == x.shape[1:2]):
        return batch_norm.forward(x, weight, bias, epsilon=epsilon)
    places = math.prod(x.shape[2:])
    y, cache = _columns.forward(x.reshape(len(x), -1), weight, bias, epsilon, places)
    return y.reshape(x.shape), cache


def backward(
    dy: Shaped[Array, "n c *s"], cache: Cache
) -> tuple[Shaped[Array, "n c *s"], Shaped[Array, " c"], Shaped[Array, " c"]]:
    """All of it in two passes."""
    if not isinstance(cache, _columns.Columns):
        return batch_norm.backward(dy, cache)
    dx, dweight, dbias = _columns.backward(dy.reshape(len(dy), -1), cache)
    return dx.reshape(dy.shape), dweight, dbias
