"""Parallel branches side by side: the features of each in turn."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped


def forward(*branches: Shaped[Array, "*n _"]) -> tuple[Shaped[Array, "*n _"], Cache]:
    return np.concatenate(branches, axis=-1), [branch.shape[-1] for branch in branches]


def backward(dy: Shaped[Array, "*n _"], cache: Cache) -> tuple[Shaped[Array, "*n _"], ...]:
    """Each branch receives its own columns of the cotangent."""
    ends = np.cumsum(cache)
    return tuple(dy[..., end - width : end].copy() for width, end in zip(cache, ends, strict=True))
