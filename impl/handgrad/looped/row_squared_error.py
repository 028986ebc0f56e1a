"""The squared error of each row by itself: Lₙ = Σₖ (yₙₖ - tₙₖ)², one loss a sample."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import same_range


def forward(y: Lists, target: Lists) -> tuple[Lists, Cache]:
    samples, features = same_range(y, target), same_range(y[0], target[0])
    losses = [
        sum((y[n][k] - target[n][k]) * (y[n][k] - target[n][k]) for k in features) for n in samples
    ]
    return losses, (y, target)


def backward(dloss: Lists, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = 2 (yₙₖ - tₙₖ) dLₙ."""
    y, target = cache
    samples, features = range(len(y)), range(len(y[0]))
    dy = [[2 * (y[n][k] - target[n][k]) * dloss[n] for k in features] for n in samples]
    return (dy,)
