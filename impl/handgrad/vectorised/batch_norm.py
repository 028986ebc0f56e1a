"""Batch normalisation in training: y = w x̂ + b, with the batch's own mean and variance.

x̂ = (x - μ) / √(σ² + ε), where each channel has its mean μ and its (biased) variance σ² over all
samples and places.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _normalise
from handgrad.vectorised._normalise import by_channel, except_channels, normalise
from handgrad.vectorised._wide import wide

MIXES_SAMPLES = True


def forward(
    x: Shaped[Array, "n c *s"],
    weight: Shaped[Array, " c"],
    bias: Shaped[Array, " c"],
    *,
    epsilon: float,
) -> tuple[Shaped[Array, "n c *s"], Cache]:
    normalised, deviation = normalise(wide(x), except_channels(x), epsilon)
    y = by_channel(weight, x) * normalised
    y += by_channel(bias, x)
    return y, (normalised, deviation, weight)


def backward(
    dy: Shaped[Array, "n c *s"], cache: Cache
) -> tuple[Shaped[Array, "n c *s"], Shaped[Array, " c"], Shaped[Array, " c"]]:
    """dx̂ = w dy goes back through mean and variance; dw = Σ dy x̂, db = Σ dy, channel by channel."""
    normalised, deviation, weight = cache
    dy, axes = wide(dy), except_channels(dy)
    dx = _normalise.backward(by_channel(weight, dy) * dy, normalised, deviation, axes)
    return dx, (dy * normalised).sum(axis=axes), dy.sum(axis=axes)
