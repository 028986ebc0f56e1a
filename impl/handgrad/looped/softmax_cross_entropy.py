"""Softmax cross-entropy with one class label a row, the mean over the rows.

L = (1 / n) Σₙ log Σₖ e^zₙₖ - zₙ,label(n)
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists, require_labels
from handgrad.looped._lists import exp, log


def forward(logits: Lists, label: Lists) -> tuple[Any, Cache]:
    require_labels(label, len(logits), len(logits[0]))
    samples, losses, probability = range(len(logits)), [], []
    for n in samples:
        largest = max(logits[n])
        weights = [exp(z - largest) for z in logits[n]]
        losses.append(log(sum(weights)) - (logits[n][label[n]] - largest))
        probability.append([weight / sum(weights) for weight in weights])
    return sum(losses) / len(losses), (probability, label)


def backward(dloss: Any, cache: Cache) -> tuple[Lists]:
    """dzₙₖ = (softmax(zₙ)ₖ - [k = label(n)]) / n."""
    probability, label = cache
    samples, classes = range(len(label)), range(len(probability[0]))
    dlogits = [
        [dloss * (probability[n][k] - (k == label[n])) / len(label) for k in classes]
        for n in samples
    ]
    return (dlogits,)
