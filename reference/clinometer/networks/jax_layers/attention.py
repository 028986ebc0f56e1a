"""Multi-head attention in einsums: `jax.nn.dot_product_attention` weighs in float32 throughout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def _attention(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    def by_head(a: Array, name: str) -> Array:
        projected = a @ p[f"{name}_weight"] + p[f"{name}_bias"]
        return projected.reshape(*a.shape[:-1], layer.heads, -1)

    source = jnp.broadcast_to(p["memory"], (len(x), *layer.memory)) if layer.memory else x
    query, key, value = by_head(x, "query"), by_head(source, "key"), by_head(source, "value")
    size = jnp.asarray(query.shape[-1], query.dtype)
    scores = jnp.einsum("nthe,nshe->nhts", query, key) / jnp.sqrt(size)
    seen = jnp.ones(scores.shape[-2:], dtype=bool)
    if layer.causal:
        seen = jnp.tril(seen, scores.shape[-1] - scores.shape[-2])
    if layer.padded:
        seen = seen & (p["mask"] != 0)[:, None, None]
    weights = jax.nn.softmax(scores, where=seen)
    mixed = jnp.einsum("nhts,nshe->nthe", weights, value)
    return mixed.reshape(*x.shape[:-1], -1) @ p["output_weight"] + p["output_bias"]


FUNCTIONS = {"attention": _attention}
