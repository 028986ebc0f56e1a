"""The mean squared error over all elements: L = (1 / n k) Σₙₖ (y - t)²."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(y: Shaped[Array, "*n"], target: Shaped[Array, "*n"]) -> tuple[Any, Cache]:
    require_same_shape(y, target)
    difference = y - target
    return (difference * difference).sum() / y.size, difference


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "*n"]]:
    """Dy = 2 (y - t) / (n k)."""
    difference = cache
    count = difference[0].size if by_sample else difference.size
    return (dloss * 2 * difference / count,)
