"""Normalisations; channels are the first axis of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
from jax import Array, lax

Tree = Mapping[str, Array]


def _standardised(x: Array, axes: Sequence[int], epsilon: float) -> Array:
    mean = jnp.mean(x, axis=axes, keepdims=True)
    variance = jnp.var(x, axis=axes, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + epsilon)


def _affine(p: Tree, x: Array, axis: int) -> Array:
    """Weight and bias along one axis."""
    others = [n for n in range(x.ndim) if n != axis]
    weight, bias = (jnp.expand_dims(p[name], others) for name in ("weight", "bias"))
    return x * weight + bias


def _batch_norm(layer: Any, p: Tree, x: Array) -> Array:
    axes = (0, *range(2, x.ndim))
    return _affine(p, _standardised(x, axes, layer.epsilon), 1)


def _batch_norm_eval(layer: Any, p: Tree, x: Array) -> Array:
    scale = p["weight"] / jnp.sqrt(p["variance"] + layer.epsilon)
    return _affine({"weight": scale, "bias": p["bias"] - p["mean"] * scale}, x, 1)


def _layer_norm(layer: Any, p: Tree, x: Array) -> Array:
    axes = range(x.ndim - layer.axes, x.ndim)
    return _standardised(x, tuple(axes), layer.epsilon) * p["weight"] + p["bias"]


def _rms_norm(layer: Any, p: Tree, x: Array) -> Array:
    mean_square = jnp.mean(jnp.square(x), axis=-1, keepdims=True)
    return x * lax.rsqrt(mean_square + layer.epsilon) * p["weight"]


def _group_norm(layer: Any, p: Tree, x: Array) -> Array:
    n, c, *places = x.shape
    grouped = x.reshape(n, layer.groups, c // layer.groups, *places)
    standard = _standardised(grouped, tuple(range(2, grouped.ndim)), layer.epsilon)
    return _affine(p, standard.reshape(x.shape), 1)


FUNCTIONS = {
    "batch_norm": _batch_norm,
    "batch_norm_eval": _batch_norm_eval,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
}
