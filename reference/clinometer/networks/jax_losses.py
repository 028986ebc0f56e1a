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


def _huber(loss: Any, y: Array, target: Array, c: Constants) -> Array:
    error = jnp.abs(y - target)
    quadratic, linear = error**2 / 2, loss.delta * (error - loss.delta / 2)
    return jnp.mean(jnp.where(error < loss.delta, quadratic, linear))


def _hinge(loss: Any, y: Array, target: Array, c: Constants) -> Array:
    return jnp.mean(jnp.maximum(0, 1 - target * y))


def _binary_cross_entropy(loss: Any, logits: Array, target: Array, c: Constants) -> Array:
    positive = loss.positive_weight * target * jax.nn.log_sigmoid(logits)
    return -jnp.mean(positive + (1 - target) * jax.nn.log_sigmoid(-logits))


def _softmax_cross_entropy(loss: Any, logits: Array, label: Array, c: Constants) -> Array:
    classes = logits.shape[-1]
    weight = c.get("class_weight", jnp.ones(classes, logits.dtype))
    one_hot = jax.nn.one_hot(label, classes, dtype=logits.dtype)
    smooth = (1 - loss.smoothing) * one_hot + loss.smoothing / classes
    losses = -jnp.sum(weight * smooth * jax.nn.log_softmax(logits), axis=-1)
    counts = label >= 0
    return jnp.sum(losses, where=counts) / jnp.sum(weight[label], where=counts)


def _kl_divergence(loss: Any, y: Array, target: Array, c: Constants) -> Array:
    return jnp.sum(jax.scipy.special.xlogy(target, target) - target * y) / len(y)


LOSSES: dict[str, Callable[[Any, Array, Any, Constants], Array]] = {
    "mean_squared_error": lambda loss, y, target, c: jnp.mean((y - target) ** 2),
    "sum_squared_error": lambda loss, y, target, c: jnp.sum((y - target) ** 2),
    "row_squared_error": _row_squared_error,
    "huber": _huber,
    "hinge": _hinge,
    "binary_cross_entropy": _binary_cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "kl_divergence": _kl_divergence,
    "outputs": lambda loss, y, target, c: y,
}

PENALTIES: dict[str, Callable[[Any, list[Array]], Array]] = {
    "l1_penalty": lambda penalty, weights: (
        penalty.strength * sum(jnp.sum(jnp.abs(w)) for w in weights)
    ),
    "l2_penalty": lambda penalty, weights: penalty.strength * sum(jnp.vdot(w, w) for w in weights),
}
