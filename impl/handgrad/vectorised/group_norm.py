"""Group normalisation: y = w x̂ + b, with mean and variance of each group of channels of a sample.

x̂ = (x - μ) / √(σ² + ε). Neighbouring channels form a group, all of the same number; weight and
bias have a number for each channel.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped, require_groups
from handgrad.vectorised import _normalise
from handgrad.vectorised._normalise import by_channel, except_channels, normalise
from handgrad.vectorised._wide import wide


def forward(
    x: Shaped[Array, "n c *s"],
    weight: Shaped[Array, " c"],
    bias: Shaped[Array, " c"],
    *,
    groups: int,
    epsilon: float,
) -> tuple[Shaped[Array, "n c *s"], Cache]:
    require_groups(x.shape[1], groups)
    rows, deviation = normalise(wide(x).reshape(len(x), groups, -1), -1, epsilon)
    y = by_channel(weight, x) * rows.reshape(x.shape)
    y += by_channel(bias, x)
    return y, (rows, deviation, weight)


def backward(
    dy: Shaped[Array, "n c *s"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c *s"], Shaped[Array, "... c"], Shaped[Array, "... c"]]:
    """dx̂ = w dy goes back through each group's mean and variance; dw = Σ dy x̂, db = Σ dy."""
    rows, deviation, weight = cache
    dy, axes = wide(dy), except_channels(dy, by_sample)
    drows = (by_channel(weight, dy) * dy).reshape(rows.shape)
    dx = _normalise.backward(drows, rows, deviation, -1).reshape(dy.shape)
    return dx, (dy * rows.reshape(dy.shape)).sum(axis=axes), dy.sum(axis=axes)
