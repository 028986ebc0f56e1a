"""Parallel branches side by side: the features of each in turn."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists


def forward(*branches: Lists) -> tuple[Lists, Cache]:
    samples = range(len(branches[0]))
    y = [[number for branch in branches for number in branch[n]] for n in samples]
    return y, [len(branch[0]) for branch in branches]


def backward(dy: Lists, cache: Cache) -> tuple[Lists, ...]:
    """Each branch receives its own columns of the cotangent."""
    gradients, start = [], 0
    for width in cache:
        gradients.append([row[start : start + width] for row in dy])
        start += width
    return tuple(gradients)
