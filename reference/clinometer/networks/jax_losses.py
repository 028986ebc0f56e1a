"""Every loss and penalty as a JAX user would write it.

LOSSES goes from a loss, the outputs, the target and the loss's constants to its value, PENALTIES
from a penalty and the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

Constants = Mapping[str, Array]


def _row_squared_error(loss: Any, y: Array, target: Array, c: Constants) -> Array:
    return jnp.sum((y - target) ** 2, axis=tuple(range(1, y.ndim)))


def _binary_cross_entropy(loss: Any, logits: Array, target: Array, c: Constants) -> Array:
    log_likelihood = target * jax.nn.log_sigmoid(logits) + (1 - target) * jax.nn.log_sigmoid(
        -logits
    )
    return -jnp.mean(log_likelihood)


def _softmax_cross_entropy(loss: Any, logits: Array, label: Array, c: Constants) -> Array:
    log_probability = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_probability, label[:, None], axis=1))


LOSSES: dict[str, Callable[[Any, Array, Any, Constants], Array]] = {
    "mean_squared_error": lambda loss, y, target, c: jnp.mean((y - target) ** 2),
    "sum_squared_error": lambda loss, y, target, c: jnp.sum((y - target) ** 2),
    "row_squared_error": _row_squared_error,
    "binary_cross_entropy": _binary_cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "outputs": lambda loss, y, target, c: y,
}

PENALTIES: dict[str, Callable[[Any, list[Array]], Array]] = {
    "l2_penalty": lambda penalty, weights: penalty.strength * sum(jnp.vdot(w, w) for w in weights),
}
