"""The Kullback-Leibler divergence of target probabilities t from those whose logarithms are y.

L = (1 / n) Σ t (log t - y), for a batch of n samples, where 0 log 0 = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_same_shape


def forward(
    log_probability: Shaped[Array, "n *k"], target: Shaped[Array, "n *k"]
) -> tuple[Any, Cache]:
    require_same_shape(log_probability, target)
    log_target = np.log(np.where(target > 0, target, np.ones_like(log_probability)))
    return (target * (log_target - log_probability)).sum() / len(target), target


def backward(dloss: Any, cache: Cache, *, by_sample: bool = False) -> tuple[Shaped[Array, "n *k"]]:
    """Dy = -t / n."""
    target = cache
    count = 1 if by_sample else len(target)
    return (-dloss * target / count,)
