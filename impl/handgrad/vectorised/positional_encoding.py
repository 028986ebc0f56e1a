"""Sines and cosines added to a sequence, to tell its places apart (Vaswani et al., 2017).

At place t the features 2i and 2i + 1 are moved by sin and cos of t / 10000^(2i/f).
"""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "n t f"]) -> tuple[Shaped[Array, "n t f"], Cache]:
    return x + _waves(x), None


def backward(dy: Shaped[Array, "n t f"], cache: Cache) -> tuple[Shaped[Array, "n t f"]]:
    """What is added does not depend on x: dx = dy."""
    return (dy.copy(),)


def _waves(x: Array) -> Array:
    """The table (t, f), in numbers like those of `x` and of double precision at least."""
    _, places, features = x.shape
    place, feature = np.arange(places)[:, None], np.arange(features)
    base = np.float64(10000) + np.zeros_like(x, shape=(1,))
    angle = place / np.exp(feature // 2 * 2 * np.log(base) / features)
    waves: Array = np.where(feature % 2 == 0, np.sin(angle), np.cos(angle))
    return waves
