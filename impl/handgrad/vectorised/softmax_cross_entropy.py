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
    """Labels are looked up: q is 0 nearly everywhere but for the smoothing, and is never made."""
    require_labels(label, logits)
    z, label = logits.reshape(-1, logits.shape[-1]), label.reshape(-1)
    rows = (label >= 0).nonzero()[0]
    labels = label[rows]
    weight: Any = 1 if class_weight is None else class_weight[labels]
    total: Any = len(rows) if class_weight is None else weight.sum()
    total = total + (not len(rows))

    shifted = z - z.max(axis=-1, keepdims=True)
    places = np.ravel_multi_index((rows, labels), z.shape)  # one index is faster than two
    of_label, of_all = shifted.reshape(-1)[places], shifted[rows] if smoothing else None
    powers = np.exp(shifted, out=shifted)  # of many classes, one array less is a good deal less
    sums = powers.sum(axis=-1)
    log_sums = np.log(sums[rows])
    losses = log_sums - of_label
    loss = (losses if class_weight is None else weight * losses).sum()
    of_class: Any = None
    if smoothing:
        of_class = np.ones_like(z[0]) if class_weight is None else class_weight
        spread = (of_class * (log_sums[:, np.newaxis] - of_all)).sum() / len(of_class)
        loss = (1 - smoothing) * loss + smoothing * spread
    cache = powers, sums, rows, places, weight, of_class, smoothing, total, logits.shape
    return loss / total, cache


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "*n k"]]:
    """Dz = (softmax(z) Σₖ q - q) / W, where each sample by itself has a W of its own."""
    powers, sums, rows, places, weight, of_class, smoothing, total, shape = cache
    if by_sample:
        total = _totals(sums, rows, weight, shape)
    chosen, share = weight * (dloss / total), np.zeros(sums.shape, sums.dtype)
    share[rows] = chosen
    dz = ((share / sums)[:, np.newaxis] * powers).reshape(-1)
    dz[places] -= chosen
    if smoothing:
        dz = dz.reshape(powers.shape) * (1 - smoothing)
        softmax = powers[rows] / sums[rows, np.newaxis]
        spread = of_class.sum() * softmax - of_class
        dz[rows] += (smoothing * (dloss / total) * spread.T).T / len(of_class)
    return (dz.reshape(shape),)


def _totals(sums: Array, rows: Array, weight: Any, shape: tuple[int, ...]) -> Array:
    """For each row with a label, the sum of the weights of the labels of its sample."""
    weights = np.zeros_like(sums)
    weights[rows] = weight
    of_rows: Array = weights.reshape(shape[0], -1).sum(axis=1)[rows // (len(sums) // shape[0])]
    return of_rows
