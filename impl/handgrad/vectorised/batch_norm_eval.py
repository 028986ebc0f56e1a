"""Batch normalisation after training, by mean and variance that are given: y = w x̂ + b.

x̂ = (x - μ) / √(σ² + ε) is linear in x, and no sample depends on another.
"""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._normalise import by_channel, except_channels
from handgrad.vectorised._wide import wide


def forward(
    x: Shaped[Array, "n c *s"],
    weight: Shaped[Array, " c"],
    bias: Shaped[Array, " c"],
    *,
    mean: Shaped[Array, " c"],
    variance: Shaped[Array, " c"],
    epsilon: float,
) -> tuple[Shaped[Array, "n c *s"], Cache]:
    deviation = by_channel(np.sqrt(wide(variance) + epsilon), x)
    normalised = (wide(x) - by_channel(mean, x)) / deviation
    y = by_channel(weight, x) * normalised
    y += by_channel(bias, x)
    return y, (normalised, deviation, weight)


def backward(
    dy: Shaped[Array, "n c *s"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c *s"], Shaped[Array, "... c"], Shaped[Array, "... c"]]:
    """No number moves another: dx = w dy / √(σ² + ε), dw = Σ dy x̂, db = Σ dy."""
    normalised, deviation, weight = cache
    dy, axes = wide(dy), except_channels(dy, by_sample)
    dx = by_channel(weight, dy) * dy / deviation
    return dx, (dy * normalised).sum(axis=axes), dy.sum(axis=axes)
