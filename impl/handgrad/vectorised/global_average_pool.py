"""The mean of each channel: yₙ_c = (1 / s) Σ x over all s elements of the channel."""

from __future__ import annotations

import math

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._wide import wide


def forward(x: Shaped[Array, "n c *sizes"]) -> tuple[Shaped[Array, "n c"], Cache]:
    elements = wide(x).reshape(*x.shape[:2], -1)
    return elements.sum(axis=2) / elements.shape[2], x.shape


def backward(dy: Shaped[Array, "n c"], cache: Cache) -> tuple[Shaped[Array, "n c *sizes"]]:
    """Every element receives an equal share of the cotangent."""
    shape = cache
    share = dy / math.prod(shape[2:])
    return (np.broadcast_to(share.reshape(*dy.shape, *(1,) * len(shape[2:])), shape).copy(),)
