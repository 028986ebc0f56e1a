"""The numbers of each sample, in their order, in another shape: (n, *s) becomes (n, *shape)."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped, require_size


def forward(
    x: Shaped[Array, "n *s"], *, shape: tuple[int, ...]
) -> tuple[Shaped[Array, "n *r"], Cache]:
    require_size(x.size // len(x), shape)
    return x.reshape(len(x), *shape).copy(), x.shape


def backward(dy: Shaped[Array, "n *r"], cache: Cache) -> tuple[Shaped[Array, "n *s"]]:
    """Each cotangent returns to the place of its number."""
    shape = cache
    return (dy.reshape(shape).copy(),)
