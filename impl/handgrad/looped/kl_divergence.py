"""The Kullback-Leibler divergence of target probabilities t from those whose logarithms are y.

L = (1 / n) Σₙ Σₖ tₙₖ (log tₙₖ - yₙₖ), for a batch of n samples, where 0 log 0 = 0.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise, log


def forward(log_probability: Lists, target: Lists) -> tuple[Any, Cache]:
    terms = elementwise(lambda y, t: t * (log(t) - y) if t > 0 else 0, log_probability, target)
    return sum(elements(terms)) / len(target), target


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dyₙₖ = -tₙₖ / n."""
    target = cache
    return (elementwise(lambda t: -dloss * t / len(target), target),)
