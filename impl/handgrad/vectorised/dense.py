"""A dense layer for a whole batch: y = x W + b along the last axis."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._products import over_rows, product


def forward(
    x: Shaped[Array, "*n i"], weight: Shaped[Array, "i o"], bias: Shaped[Array, " o"]
) -> tuple[Shaped[Array, "*n o"], Cache]:
    y = product(x, weight)
    y += bias
    return y, (x, weight)


def backward(
    dy: Shaped[Array, "*n o"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "*n i"], Shaped[Array, "... i o"], Shaped[Array, "... o"]]:
    """Each weight meets every row once: dx = dy Wᵀ, dW = xᵀ dy, db = Σₙ dy."""
    x, weight = cache
    places = (len(x), -1) if by_sample else (-1,)
    rows, dy_rows = x.reshape(*places, x.shape[-1]), dy.reshape(*places, dy.shape[-1])
    return product(dy, weight.T), product(rows.mT, dy_rows, weight.size), over_rows(dy_rows)
