"""The sum of squares over all elements: L = Σₙₖ (y - t)²."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(y: Shaped[Array, "*n"], target: Shaped[Array, "*n"]) -> tuple[Any, Cache]:
    require_same_shape(y, target)
    difference = y - target
    return (difference * difference).sum(), difference


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "*n"]]:
    """Dy = 2 (y - t)."""
    difference = cache
    return (dloss * 2 * difference,)
