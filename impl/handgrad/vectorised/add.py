"""The sum of parallel branches: y = Σ_b x_b."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped, require_alike


def forward(*branches: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    require_alike([branch.shape for branch in branches])
    y = branches[0] if len(branches) > 1 else branches[0].copy()
    for branch in branches[1:]:
        y = y + branch
    return y, len(branches)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"], ...]:
    """Every branch receives the whole cotangent."""
    return tuple(dy.copy() for _ in range(cache))
