"""The numbers of each sample, in their order, in another shape: (n, *s) becomes (n, *shape)."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists, require_size
from handgrad.looped._lists import elements
from handgrad.looped._shapes import nested, shape_of


def forward(x: Lists, *, shape: tuple[int, ...]) -> tuple[Lists, Cache]:
    require_size(len(elements(x[0])), shape)
    return [nested(elements(sample), shape) for sample in x], shape_of(x)


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Each cotangent returns to the place of its number."""
    shape = cache
    return (nested(elements(dy), shape),)
