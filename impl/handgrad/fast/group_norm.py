"""Group normalisation, compiled: see `handgrad.vectorised.group_norm`."""

from __future__ import annotations

import math

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_groups
from handgrad.fast import _rows
from handgrad.fast._compiled import takes
from handgrad.vectorised import group_norm


def forward(
    x: Shaped[Array, "n c *s"],
    weight: Shaped[Array, " c"],
    bias: Shaped[Array, " c"],
    *,
    groups: int,
    epsilon: float,
) -> tuple[Shaped[Array, "n c *s"], Cache]:
    require_groups(x.shape[1], groups)
    if not (takes(x, weight, bias) and weight.shape == bias.shape == x.shape[1:2]):
        return group_norm.forward(x, weight, bias, groups=groups, epsilon=epsilon)
    places = math.prod(x.shape[2:])
    weights, biases = (np.repeat(a, places).reshape(groups, -1) for a in (weight, bias))
    y, cache = _rows.forward(x.reshape(-1, weights.shape[1]), weights, biases, epsilon, True)
    return y.reshape(x.shape), cache


def backward(
    dy: Shaped[Array, "n c *s"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c *s"], Shaped[Array, "... c"], Shaped[Array, "... c"]]:
    """All of it in one pass; a channel's sums are over its places too."""
    if not isinstance(cache, _rows.Rows):
        return group_norm.backward(dy, cache, by_sample=by_sample)
    samples = (len(dy),) if by_sample else ()
    dx, *dparameters = _rows.backward(dy.reshape(cache.rows.shape), cache, *samples)
    channels = (*samples, dy.shape[1], -1)
    dweight, dbias = (table.reshape(channels).sum(axis=-1) for table in dparameters)
    return dx.reshape(dy.shape), dweight, dbias
