"""Functions of each element, and softmax."""

from __future__ import annotations

import jax
import jax.numpy as jnp

FUNCTIONS = {
    "identity": lambda layer, p, x: x,
    "sigmoid": lambda layer, p, x: jax.nn.sigmoid(x),
    "tanh": lambda layer, p, x: jnp.tanh(x),
    "relu": lambda layer, p, x: jax.nn.relu(x),
    "leaky_relu": lambda layer, p, x: jax.nn.leaky_relu(x, layer.slope),
    "softplus": lambda layer, p, x: jax.nn.softplus(x),
    "elu": lambda layer, p, x: jax.nn.elu(x, layer.alpha),
    "gelu": lambda layer, p, x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda layer, p, x: jax.nn.gelu(x, approximate=True),
    "silu": lambda layer, p, x: jax.nn.silu(x),
    "hardtanh": lambda layer, p, x: jnp.clip(x, layer.low, layer.high),
    "softmax": lambda layer, p, x: jax.nn.softmax(x, axis=-1),
}
