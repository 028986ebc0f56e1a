"""Softmax cross-entropy with one class label a row, the mean over the rows.

L = (1 / n) Σₙ log Σₖ e^zₙₖ - zₙ,label(n)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_labels


def forward(logits: Shaped[Array, "n k"], label: Shaped[Array, " n"]) -> tuple[Any, Cache]:
    require_labels(label, *logits.shape)
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    total = weights.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[rows, label]
    return losses.sum() / len(logits), (weights / total, label)


def backward(dloss: Any, cache: Cache) -> tuple[Shaped[Array, "n k"]]:
    """Dz = (softmax(z) - onehot(label)) / n."""
    probability, label = cache
    dlogits = probability.copy()
    dlogits[np.arange(len(label)), label] -= 1
    return (dloss * dlogits / len(label),)
