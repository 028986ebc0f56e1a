"""Binary cross-entropy from logits, the mean over all elements: softplus(z) - t z."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, elementwise, sigmoid, softplus


def forward(logits: Lists, target: Lists) -> tuple[Any, Cache]:
    losses = elements(elementwise(lambda z, t: softplus(z) - t * z, logits, target))
    return sum(losses) / len(losses), (logits, target, len(losses))


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dzₙₖ = (σ(zₙₖ) - tₙₖ) / (n k)."""
    logits, target, count = cache
    return (elementwise(lambda z, t: dloss * (sigmoid(z) - t) / count, logits, target),)
