"""All axes of a sample in one: (n, *s) becomes (n, f)."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "n *s"]) -> tuple[Shaped[Array, "n f"], Cache]:
    return x.reshape(len(x), -1).copy(), x.shape


def backward(dy: Shaped[Array, "n f"], cache: Cache) -> tuple[Shaped[Array, "n *s"]]:
    """Each cotangent returns to the place of its number."""
    shape = cache
    return (dy.reshape(shape).copy(),)
