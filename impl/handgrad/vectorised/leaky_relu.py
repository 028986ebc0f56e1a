"""The leaky rectifier of every element: y = x where x > 0, else slope·x, also at the kink."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "*n"], *, slope: float) -> tuple[Shaped[Array, "*n"], Cache]:
    return np.where(x > 0, x, slope * x), (x > 0, slope)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """The slope is 1 where x > 0 and `slope` elsewhere."""
    passes, slope = cache
    return (np.where(passes, dy, slope * dy),)
