"""Softmax cross-entropy with one class label a row, the weighted mean over the rows.

L = -(1 / W) Σₙ Σₖ qₙₖ log softmax(zₙ)ₖ, where qₙₖ = wₖ ((1 - s) [k = label(n)] + s / K), with
weights w of the K classes and a smoothing s, and W sums the weights of the labels. Rows with a
negative label are left out of all sums; where no row remains, L = 0.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists, require_labels
from handgrad.looped._lists import by_row, elements, exp, largest, log, rows


def forward(
    logits: Lists, label: Lists, *, class_weight: Lists | None = None, smoothing: float = 0.0
) -> tuple[Any, Cache]:
    require_labels(label, logits)
    w = [1 for _ in rows(logits)[0]] if class_weight is None else class_weight
    total = sum(w[k] for k in elements(label) if k >= 0) or 1

    def loss(z: Lists, label: int) -> Any:
        shifted = [number - largest(z) for number in z]
        log_sum = log(sum(exp(number) for number in shifted))
        return -_mean([number - log_sum for number in shifted], label, w, smoothing)

    losses = elements(by_row(loss, logits, label))
    return sum(losses) / total, (logits, label, w, smoothing, total)


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """∂ log softmax(z)ⱼ / ∂zₖ = δⱼₖ - softmax(z)ₖ: dzₙₖ = (1 / W) Σⱼ qₙⱼ (softmax(zₙ)ₖ - δⱼₖ)."""
    logits, label, w, smoothing, total = cache
    classes = range(len(w))

    def dz(z: Lists, label: int) -> Lists:
        weights = [exp(number - largest(z)) for number in z]
        softmax = [weight / sum(weights) for weight in weights]
        slopes = [[softmax[k] - (j == k) for j in classes] for k in classes]
        return [dloss * _mean(slopes[k], label, w, smoothing) / total for k in classes]

    return (by_row(dz, logits, label),)


def _mean(values: Lists, label: int, w: Lists, s: float) -> Any:
    """Σₖ qₖ valuesₖ of one row; values that do not count may be infinite."""
    classes = range(len(values))
    chosen = sum((1 - s) * w[k] * values[k] for k in classes if k == label)
    spread = sum(s * w[k] * values[k] for k in classes if s and label >= 0)
    return chosen + spread / len(classes)
