"""The exponential linear unit of every element: y = x where x > 0, else alpha (eˣ - 1).

Where alpha is not 1 there is a kink at 0, at which the slope is alpha.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "*n"], *, alpha: float) -> tuple[Shaped[Array, "*n"], Cache]:
    return np.where(x > 0, x, alpha * np.expm1(_below_zero(x))), (x, alpha)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """The slope is 1 where x > 0 and alpha eˣ elsewhere."""
    x, alpha = cache
    return (dy * np.where(x > 0, 1, alpha * np.exp(_below_zero(x))),)


def _below_zero(x: Array) -> Any:
    """X where the exponential is needed, and 0 elsewhere, so that it cannot overflow."""
    return np.where(x > 0, 0, x)
