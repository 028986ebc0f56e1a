"""Binary cross-entropy from logits, the mean over all elements.

L = (1 / n k) Σ -(t log σ(z) + (1 - t) log(1 - σ(z))) = (1 / n k) Σ softplus(z) - t z,
where 0 ≤ t ≤ 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(logits: Shaped[Array, "*n"], target: Shaped[Array, "*n"]) -> tuple[Any, Cache]:
    require_same_shape(logits, target)
    decay = np.exp(-np.abs(logits))
    softplus = np.where(logits >= 0, logits, 0) + np.log1p(decay)
    probability = np.where(logits >= 0, 1, decay) / (1 + decay)
    return (softplus - target * logits).sum() / logits.size, (probability, target)


def backward(dloss: Any, cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """Dz = (σ(z) - t) / (n k)."""
    probability, target = cache
    return (dloss * (probability - target) / probability.size,)
