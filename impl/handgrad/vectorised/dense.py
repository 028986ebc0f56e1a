"""A dense layer for a whole batch: y = x W + b."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped


def forward(
    x: Shaped[Array, "n i"], weight: Shaped[Array, "i o"], bias: Shaped[Array, " o"]
) -> tuple[Shaped[Array, "n o"], Cache]:
    return x @ weight + bias, (x, weight)


def backward(
    dy: Shaped[Array, "n o"], cache: Cache
) -> tuple[Shaped[Array, "n i"], Shaped[Array, "i o"], Shaped[Array, " o"]]:
    """Each weight meets every sample once: dx = dy Wᵀ, dW = xᵀ dy, db = Σₙ dy."""
    x, weight = cache
    return dy @ weight.T, x.T @ dy, dy.sum(axis=0)
