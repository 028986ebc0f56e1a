"""Binary cross-entropy from logits, the mean over all elements.

L = (1 / n k) Σ -(w t log σ(z) + (1 - t) log(1 - σ(z))), where 0 ≤ t ≤ 1 and w is the weight of
the positive class. -log σ(z) = softplus(-z).
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Array, Cache, Shaped, require_same_shape
from handgrad.vectorised._logistic import sigmoid, softplus


def forward(
    logits: Shaped[Array, "*n"], target: Shaped[Array, "*n"], *, positive_weight: float = 1.0
) -> tuple[Any, Cache]:
    require_same_shape(logits, target)
    positive, negative = positive_weight * target, 1 - target
    losses = positive * softplus(-logits) + negative * softplus(logits)
    return losses.sum() / logits.size, (logits, positive, negative)


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "*n"]]:
    """Dz = ((1 - t) σ(z) - w t σ(-z)) / (n k)."""
    logits, positive, negative = cache
    slopes = negative * sigmoid(logits) - positive * sigmoid(-logits)
    count = logits[0].size if by_sample else logits.size
    return (dloss * slopes / count,)
