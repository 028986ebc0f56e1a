"""Multi-head attention: each query takes the mean of the values, weighted by its keys.

Of each head, with e = d / heads features:  P = softmax(Q Kᵀ / √e) and Z = P V, where
Q = x W_q + b_q, K = s W_k + b_k, V = s W_v + b_v. All heads side by side give y = Z W_o + b_o. The
source s of keys and values is x itself, or a memory that all samples share.

A key whose mask is 0 weighs exactly 0. Where the attention is causal the last query sees every
key, the one before it all but the last key, and so on: query q of t sees key k of s if
k ≤ q + s - t.

Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped, require_heads, require_mask
from handgrad.vectorised._linear import linear, linear_gradients


def forward(
    x: Shaped[Array, "n t f"],
    query_weight: Shaped[Array, "f d"],
    query_bias: Shaped[Array, " d"],
    key_weight: Shaped[Array, "m d"],
    key_bias: Shaped[Array, " d"],
    value_weight: Shaped[Array, "m d"],
    value_bias: Shaped[Array, " d"],
    output_weight: Shaped[Array, "d o"],
    output_bias: Shaped[Array, " o"],
    memory: Shaped[Array, "s m"] | None = None,
    *,
    heads: int,
    causal: bool,
    mask: Any = None,
) -> tuple[Shaped[Array, "n t o"], Cache]:
    require_heads(len(query_bias), heads)
    source = x if memory is None else memory[None]
    query = _split(linear(x, query_weight, query_bias), heads)
    key = _split(linear(source, key_weight, key_bias), heads)
    value = _split(linear(source, value_weight, value_bias), heads)
    root = np.sqrt(np.full_like(x, query.shape[-1], shape=()))
    scores = query @ key.swapaxes(-1, -2)
    scores /= root
    weights = _softmax(scores, _visible(scores.shape, causal, mask))
    mixed = _join(weights @ value)
    y = linear(mixed, output_weight, output_bias)
    projections = query_weight, key_weight, value_weight, output_weight
    return y, (x, memory, projections, query, key, value, root, weights, mixed)


def backward(
    dy: Shaped[Array, "n t o"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "..."], ...]:
    """Of each head: dV = Pᵀ dZ, dQ = dS K and dK = dSᵀ Q, where dS = P ∘ (dP - ⟨dP, P⟩) / √e.

    dP = dZ Vᵀ. Keys and values of a memory that all samples share sum over them. The source
    receives what goes through its keys and through its values.
    """
    x, memory, projections, query, key, value, root, weights, mixed = cache
    query_weight, key_weight, value_weight, output_weight = projections
    samples = 0 if by_sample else None
    dmixed, *doutputs = linear_gradients(dy, mixed, output_weight, samples)
    dmixed = _split(dmixed, query.shape[1])
    dvalue = weights.swapaxes(-1, -2) @ dmixed
    dweights = dmixed @ value.swapaxes(-1, -2)
    dscores = dweights - (dweights * weights).sum(axis=-1, keepdims=True)
    dscores *= weights
    dscores /= root
    dquery, dkey = dscores @ key, dscores.swapaxes(-1, -2) @ query
    if memory is not None and not by_sample:
        dkey, dvalue = dkey.sum(axis=0, keepdims=True), dvalue.sum(axis=0, keepdims=True)
    source = x if memory is None else np.broadcast_to(memory, (len(dkey), *memory.shape))
    dx, *dqueries = linear_gradients(_join(dquery), x, query_weight, samples)
    from_keys, *dkeys = linear_gradients(_join(dkey), source, key_weight, samples)
    from_values, *dvalues = linear_gradients(_join(dvalue), source, value_weight, samples)
    dsource = from_keys + from_values
    dparameters = (*dqueries, *dkeys, *dvalues, *doutputs)
    if memory is None:
        return (dx + dsource, *dparameters)
    return (dx, *dparameters, dsource if by_sample else dsource[0])


def _split(x: Shaped[Array, "n t d"], heads: int) -> Shaped[Array, "n heads t e"]:
    """The features of each head by themselves."""
    return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)


def _join(x: Shaped[Array, "n heads t e"]) -> Shaped[Array, "n t d"]:
    """The features of all heads side by side."""
    return x.swapaxes(1, 2).reshape(len(x), x.shape[2], -1)


def _visible(shape: tuple[int, ...], causal: bool, mask: Any) -> Any:
    """Which keys each query sees, or None where each sees all."""
    if not causal and mask is None:
        return None
    samples, _, queries, keys = shape
    visible = np.ones((1, 1, queries, keys), dtype=bool)
    if causal:
        visible = np.tril(visible, keys - queries)
    if mask is not None:
        require_mask(mask, samples, keys)
        visible = visible & (mask != 0)[:, None, None, :]
    if not visible.any(axis=-1).all():
        raise ValueError("there is a query that sees no key")
    return visible


def _softmax(scores: Any, visible: Any) -> Any:
    """Along the keys that are visible; the others weigh 0, and nothing of them shows."""
    if visible is not None:
        scores = np.where(visible, scores, scores.min(axis=-1, keepdims=True))
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    if visible is not None:
        weights = np.where(visible, weights, 0)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights
