"""The logistic sigmoid and the smooth rectifier, written so that no exponential overflows."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Shaped


def sigmoid(x: Shaped[Array, "*n"]) -> Shaped[Array, "*n"]:
    """σ(x) = 1 / (1 + e⁻ˣ) = e^min(x, 0) / (1 + e^-|x|), which chooses nothing.

    What is missing to 1 is σ(-x), which keeps the digits of 1 - σ(x).
    """
    y: Array = np.exp(np.minimum(x, 0))
    decay = np.exp(-np.abs(x))
    decay += 1
    y /= decay
    return y


def softplus(x: Shaped[Array, "*n"]) -> Shaped[Array, "*n"]:
    """log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
