"""Binary cross-entropy from logits, the mean over all elements.

L = (1 / n k) Σₙ Σₖ w tₙₖ softplus(-zₙₖ) + (1 - tₙₖ) softplus(zₙₖ), where w is the weight of the
positive class.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise, sigmoid, softplus


def forward(logits: Lists, target: Lists, *, positive_weight: float = 1.0) -> tuple[Any, Cache]:
    losses = elementwise(
        lambda z, t: positive_weight * t * softplus(-z) + (1 - t) * softplus(z), logits, target
    )
    count = len(elements(losses))
    return sum(elements(losses)) / count, (logits, target, positive_weight, count)


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dzₙₖ = ((1 - tₙₖ) σ(zₙₖ) - w tₙₖ σ(-zₙₖ)) / (n k)."""
    logits, target, positive_weight, count = cache

    def slope(z: Any, t: Any) -> Any:
        return (1 - t) * sigmoid(z) - positive_weight * t * sigmoid(-z)

    return (elementwise(lambda z, t: dloss * slope(z, t) / count, logits, target),)
