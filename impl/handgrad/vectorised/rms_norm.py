"""Normalisation by the root mean square of each row: y = w x̂ with x̂ = x / √(mean(x²) + ε).

A row runs over the last axis. Nothing is centred.
"""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._normalise import mean
from handgrad.vectorised._wide import wide


def forward(
    x: Shaped[Array, "*n f"], weight: Shaped[Array, " f"], *, epsilon: float
) -> tuple[Shaped[Array, "*n f"], Cache]:
    x = wide(x)
    size = np.sqrt(mean(x * x, -1) + epsilon)
    return weight * (x / size), (x / size, size, weight)


def backward(
    dy: Shaped[Array, "*n f"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "*n f"], Shaped[Array, "... f"]]:
    """Each number moves its own x̂ and, by the root r of the mean square, those of its row.

    ∂x̂ⱼ/∂xᵢ = (δᵢⱼ - x̂ᵢ x̂ⱼ / f) / r, so with dx̂ = w dy: dx = (dx̂ - x̂ mean(dx̂ x̂)) / r. dw = Σ dy x̂.
    """
    normalised, size, weight = cache
    dy, rows = wide(dy), tuple(range(by_sample, dy.ndim - 1))
    dnormalised = weight * dy
    dx = (dnormalised - normalised * mean(dnormalised * normalised, -1)) / size
    return dx, (dy * normalised).sum(axis=rows)
