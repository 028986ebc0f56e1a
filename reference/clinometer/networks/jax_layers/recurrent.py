"""Layers that run over the steps of a sequence, by `lax.scan`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

Arrays = Mapping[str, Array]
ACTIVATIONS = {"tanh": jnp.tanh, "relu": jax.nn.relu}


def _rnn(layer: Any, p: Arrays, x: Array) -> Array:
    def step(h: Array, x: Array) -> tuple[Array, Array]:
        h = ACTIVATIONS[layer.activation](x @ p["weight"] + h @ p["recurrent"] + p["bias"])
        return h, h

    return _scan(step, p["state"], layer, x)


def _lstm(layer: Any, p: Arrays, x: Array) -> Array:
    def step(carry: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], Array]:
        h, c = carry
        gates = x @ p["weight"] + h @ p["recurrent"] + p["bias"]
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return _scan(step, (p["state"], p["cell"]), layer, x)


def _gru(layer: Any, p: Arrays, x: Array) -> Array:
    def step(h: Array, x: Array) -> tuple[Array, Array]:
        x_r, x_z, x_n = jnp.split(x @ p["weight"] + p["bias"], 3, axis=-1)
        h_r, h_z, h_n = jnp.split(h @ p["recurrent"] + p["recurrent_bias"], 3, axis=-1)
        z = jax.nn.sigmoid(x_z + h_z)
        h = (1 - z) * jnp.tanh(x_n + jax.nn.sigmoid(x_r + h_r) * h_n) + z * h
        return h, h

    return _scan(step, p["state"], layer, x)


def _scan(step: Callable[[Any, Array], Any], start: Any, layer: Any, x: Array) -> Array:
    """Every step's output, for sequences (n, t, f) that all start from the same state."""
    start = jax.tree.map(lambda state: jnp.broadcast_to(state, (len(x), *state.shape)), start)
    _, y = lax.scan(step, start, jnp.swapaxes(x, 0, 1), reverse=layer.reverse)
    return jnp.swapaxes(y, 0, 1)


FUNCTIONS = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
