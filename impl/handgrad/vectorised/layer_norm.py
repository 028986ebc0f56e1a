"""Layer normalisation: y = w x̂ + b, with mean and variance of each row by itself.

x̂ = (x - μ) / √(σ² + ε). A row runs over the last axes, as many as the weight has; all other axes
count rows.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _normalise
from handgrad.vectorised._normalise import normalise
from handgrad.vectorised._wide import wide


def forward(
    x: Shaped[Array, "*s"],
    weight: Shaped[Array, "*f"],
    bias: Shaped[Array, "*f"],
    *,
    epsilon: float,
) -> tuple[Shaped[Array, "*s"], Cache]:
    axes = tuple(range(-weight.ndim, 0))
    normalised, deviation = normalise(wide(x), axes, epsilon)
    y = weight * normalised
    y += bias
    return y, (normalised, deviation, weight)


def backward(
    dy: Shaped[Array, "*s"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "*s"], Shaped[Array, "..."], Shaped[Array, "..."]]:
    """dx̂ = w dy goes back through mean and variance; dw and db are sums over the rows."""
    normalised, deviation, weight = cache
    dy, rows = wide(dy), tuple(range(by_sample, dy.ndim - weight.ndim))
    axes = tuple(range(-weight.ndim, 0))
    dx = _normalise.backward(weight * dy, normalised, deviation, axes)
    return dx, (dy * normalised).sum(axis=rows), dy.sum(axis=rows)
