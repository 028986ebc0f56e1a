"""Parallel branches side by side: the features of each in turn."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists, require_alike
from handgrad.looped._lists import by_row, rows
from handgrad.looped._shapes import shape_of


def forward(*branches: Lists) -> tuple[Lists, Cache]:
    require_alike([shape_of(branch)[:-1] for branch in branches])
    y = by_row(lambda *row: [number for branch in row for number in branch], *branches)
    return y, [len(rows(branch)[0]) for branch in branches]


def backward(dy: Lists, cache: Cache) -> tuple[Lists, ...]:
    """Each branch receives its own columns of the cotangent."""
    gradients, start = [], 0
    for width in cache:
        own = slice(start, start + width)
        gradients.append(by_row(lambda dy, own=own: dy[own], dy))
        start += width
    return tuple(gradients)
