"""The L1 penalty on weights: R = λ Σ |w|, over all elements of all weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(*weights: Shaped[Array, "..."], strength: float) -> tuple[Any, Cache]:
    sizes = sum(np.abs(weight).sum() for weight in weights)
    return strength * sizes, (weights, strength)


def backward(dpenalty: Any, cache: Cache) -> tuple[Shaped[Array, "..."], ...]:
    """Dw = λ sign(w), which is 0 at the kink."""
    weights, strength = cache
    return tuple(dpenalty * strength * np.sign(weight) for weight in weights)
