"""The maximum of each channel, the first in row-major order among equal numbers."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(x: Shaped[Array, "n c *sizes"]) -> tuple[Shaped[Array, "n c"], Cache]:
    return x.reshape(*x.shape[:2], -1).max(axis=2), x


def backward(dy: Shaped[Array, "n c"], cache: Cache) -> tuple[Shaped[Array, "n c *sizes"]]:
    """The first maximum of a channel receives the cotangent."""
    x = cache
    elements = x.reshape(*dy.shape, -1)
    dx = np.zeros_like(dy, shape=elements.shape)
    np.put_along_axis(dx, _winner(elements), dy[..., None], axis=2)
    return (dx.reshape(x.shape),)


def _winner(x: Shaped[Array, "n c s"]) -> Shaped[Array, "n c 1"]:
    """The place of the first maximum, by a tournament: of two neighbours the larger goes on."""
    place = np.broadcast_to(np.arange(x.shape[2]), x.shape)
    while x.shape[2] > 1:
        paired = x.shape[2] // 2 * 2
        left, right = ((..., slice(first, paired, 2)) for first in (0, 1))
        odd = (..., slice(paired, None))
        better = x[right] > x[left]
        winner = place[left] + better * (place[right] - place[left])
        place = np.concatenate([winner, place[odd]], axis=2)
        x = np.concatenate([np.maximum(x[left], x[right]), x[odd]], axis=2)
    return place
