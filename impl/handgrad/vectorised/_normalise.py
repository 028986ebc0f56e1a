"""What the normalisations share: mean 0 and variance 1, and the way back through them."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array


def mean(x: Array, axes: Any) -> Array:
    """Over some axes, which are kept with length 1."""
    total: Array = x.sum(axis=axes, keepdims=True)
    total /= x.size // total.size
    return total


def normalise(x: Array, axes: Any, epsilon: float) -> tuple[Array, Array]:
    """x̂ = (x - μ) / σ over some axes, and σ = √(mean((x - μ)²) + ε).

    Numbers with a large offset are centred with the rounding error that such a mean has; centred
    once more, without it.
    """
    normalised = x - mean(x, axes)
    normalised -= mean(normalised, axes)
    deviation = np.sqrt(mean(normalised * normalised, axes) + epsilon)
    normalised /= deviation
    return normalised, deviation


def backward(dnormalised: Array, normalised: Array, deviation: Array, axes: Any) -> Array:
    """Each number moves its own x̂ and, by mean and variance, those of all m numbers.

    ∂x̂ⱼ/∂xᵢ = (δᵢⱼ - 1/m - x̂ᵢ x̂ⱼ / m) / σ, so dx = (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂)) / σ.
    """
    along = mean(dnormalised * normalised, axes)
    dx = dnormalised - mean(dnormalised, axes)
    dx -= normalised * along
    dx /= deviation
    return dx


def by_channel(parameter: Array, x: Array) -> Array:
    """A number for each channel, to go with an array (n, c, *s)."""
    return parameter.reshape(-1, *[1] * (x.ndim - 2))


def except_channels(x: Array, by_sample: bool = False) -> tuple[int, ...]:
    """All axes of an array (n, c, *s) but that of its channels; or of each of its samples."""
    return (*range(by_sample, 1), *range(2, x.ndim))
