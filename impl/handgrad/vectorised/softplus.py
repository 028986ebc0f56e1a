"""The smooth rectifier of every element: y = log(1 + eˣ)."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    decay = np.exp(-np.abs(x))  # log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|)
    return np.where(x >= 0, x, 0) + np.log1p(decay), (x >= 0, decay)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """Softplus' is the sigmoid."""
    positive, decay = cache
    return (dy * np.where(positive, 1, decay) / (1 + decay),)
