"""An embedding: each token t is replaced by its row of the weight, y = W_t."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_tokens
from handgrad.vectorised._wide import wide


def forward(
    x: Shaped[Array, "n *t"], weight: Shaped[Array, "v f"]
) -> tuple[Shaped[Array, "n *t f"], Cache]:
    require_tokens(x, len(weight))
    return weight[x], (x, len(weight))


def backward(
    dy: Shaped[Array, "n *t f"], cache: Cache, *, by_sample: bool = False
) -> tuple[None, Shaped[Array, "... v f"]]:
    """Each row gathers the cotangents of all places where its token stands; tokens have none."""
    tokens, vocabulary = cache
    tables = (len(dy),) if by_sample else ()
    dweight = np.zeros_like(wide(dy), shape=(*tables, vocabulary, dy.shape[-1]))
    if by_sample:
        tokens = np.arange(len(dy)).reshape(-1, *[1] * (tokens.ndim - 1)), tokens
    np.add.at(dweight, tokens, wide(dy))
    return None, dweight
