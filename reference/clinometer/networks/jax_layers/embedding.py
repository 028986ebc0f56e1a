"""From tokens to features, and where in a sequence they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array


def _positional_encoding(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    _, steps, features = x.shape
    feature = jnp.arange(features)
    rate = 10000.0 ** (-(feature - feature % 2).astype(x.dtype) / features)
    angle = jnp.outer(jnp.arange(steps), rate)
    return x + jnp.where(feature % 2, jnp.cos(angle), jnp.sin(angle))


FUNCTIONS = {
    "embedding": lambda layer, p, x: jnp.take(p["weight"], x, axis=0),
    "positional_encoding": _positional_encoding,
}
