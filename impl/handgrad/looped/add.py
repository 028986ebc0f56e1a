"""The sum of parallel branches, element by element: y = Σ_b x_b."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists, require_alike
from handgrad.looped._lists import elementwise
from handgrad.looped._shapes import shape_of


def forward(*branches: Lists) -> tuple[Lists, Cache]:
    require_alike([shape_of(branch) for branch in branches])
    return elementwise(lambda *x: sum(x), *branches), len(branches)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, ...]:
    """Every branch receives the whole cotangent: dx_b = dy."""
    return tuple(elementwise(lambda dy: dy, dy) for _ in range(cache))
