"""The squared error of each row by itself: Lₙ = Σₖ (y - t)², one loss a sample."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(
    y: Shaped[Array, "n *k"], target: Shaped[Array, "n *k"]
) -> tuple[Shaped[Array, " n"], Cache]:
    require_same_shape(y, target)
    difference = y - target
    return (difference * difference).sum(axis=tuple(range(1, y.ndim))), difference


def backward(
    dloss: Shaped[Array, " n"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n *k"]]:
    """Row n has a cotangent of its own: dy = 2 (y - t) dLₙ."""
    difference = cache
    return (2 * difference * dloss.reshape(-1, *[1] * (difference.ndim - 1)),)
