"""The dense layer."""

from __future__ import annotations

import jax.numpy as jnp

FUNCTIONS = {"dense": lambda layer, p, x: jnp.dot(x, p["weight"]) + p["bias"]}
