"""Softmax cross-entropy with one class label a row, the weighted mean over the rows.

L = -(1 / W) Σₙ Σₖ qₙₖ log softmax(zₙ)ₖ, where qₙₖ = wₖ ((1 - s) [k = label(n)] + s / K), with
weights w of the K classes and a smoothing s, and W sums the weights of the labels. Rows with a
negative label are left out of all sums; where no row remains, L = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_labels


def forward(
    logits: Shaped[Array, "*n k"],
    label: Shaped[Array, "*n"],
    *,
    class_weight: Shaped[Array, " k"] | None = None,
    smoothing: float = 0.0,
) -> tuple[Any, Cache]:
    require_labels(label, logits)
    classes, one = logits.shape[-1], np.ones_like(logits)
    kept = label[..., None] >= 0
    chosen = label[..., None] == np.arange(classes)  # none in a row that is left out
    q = (1 - smoothing) * np.where(chosen, one, 0) + smoothing * np.where(kept, one, 0) / classes
    total: Any = int(chosen.sum())
    if class_weight is not None:
        q, total = class_weight * q, (class_weight * chosen).sum()
    total = total + (not chosen.any())

    shifted = logits - logits.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    sums = weights.sum(axis=-1, keepdims=True)
    # A logarithm that does not count may be infinite.
    log_softmax = np.where(kept if smoothing else chosen, shifted - np.log(sums), 0)
    return -(q * log_softmax).sum() / total, (weights / sums, q, total)


def backward(dloss: Any, cache: Cache) -> tuple[Shaped[Array, "*n k"]]:
    """Dz = (softmax(z) Σₖ q - q) / W."""
    softmax, q, total = cache
    return (dloss * (softmax * q.sum(axis=-1, keepdims=True) - q) / total,)
