"""The product of parallel branches, element by element: y = Π_b x_b."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped, require_alike


def forward(*branches: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    require_alike([branch.shape for branch in branches])
    y = branches[0] if len(branches) > 1 else branches[0].copy()
    for branch in branches[1:]:
        y = y * branch
    return y, branches


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"], ...]:
    """A branch receives dy times the other branches; no division, so zeros are safe."""
    branches = cache
    gradients = []
    for b in range(len(branches)):
        dx = dy.copy()
        for other in branches[:b] + branches[b + 1 :]:
            dx = dx * other
        gradients.append(dx)
    return tuple(gradients)
