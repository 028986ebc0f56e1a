"""The product of parallel branches, element by element: y = Π_b x_b."""

from __future__ import annotations

import math

from handgrad.arrays import Cache, Lists, require_alike
from handgrad.looped._lists import elementwise
from handgrad.looped._shapes import shape_of


def forward(*branches: Lists) -> tuple[Lists, Cache]:
    require_alike([shape_of(branch) for branch in branches])
    return elementwise(lambda *x: math.prod(x), *branches), branches


def backward(dy: Lists, cache: Cache) -> tuple[Lists, ...]:
    """dx_b = dy Π_c≠b x_c."""
    branches = cache
    return tuple(
        elementwise(
            lambda dy, *others: dy * math.prod(others), dy, *branches[:b], *branches[b + 1 :]
        )
        for b in range(len(branches))
    )
