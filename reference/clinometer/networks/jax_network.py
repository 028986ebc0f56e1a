"""An architecture as a JAX user would write it: pure functions of parameters and input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from clinometer.architecture import Architecture, Layer

Parameters = Mapping[str, Array]


def _parallel(layer: Any, parameters: Parameters, path: str, x: Array) -> Array:
    outputs = [
        _apply(branch, parameters, f"{path}.{number}.", x)
        for number, branch in enumerate(layer.branches, 1)
    ]
    if layer.join == "concatenate":
        return jnp.concatenate(outputs, axis=-1)
    return reduce(jnp.add if layer.join == "add" else jnp.multiply, outputs)


#: From a layer, all parameters, the layer's path and its input to its output.
FUNCTIONS: dict[str, Callable[[Any, Parameters, str, Array], Array]] = {
    "identity": lambda layer, p, path, x: x,
    "dense": lambda layer, p, path, x: jnp.dot(x, p[f"{path}.weight"]) + p[f"{path}.bias"],
    "sigmoid": lambda layer, p, path, x: jax.nn.sigmoid(x),
    "tanh": lambda layer, p, path, x: jnp.tanh(x),
    "relu": lambda layer, p, path, x: jax.nn.relu(x),
    "leaky_relu": lambda layer, p, path, x: jax.nn.leaky_relu(x, layer.slope),
    "softplus": lambda layer, p, path, x: jax.nn.softplus(x),
    "softmax": lambda layer, p, path, x: jax.nn.softmax(x, axis=-1),
    "parallel": _parallel,
}


def _binary_cross_entropy(logits: Array, target: Array) -> Array:
    log_likelihood = target * jax.nn.log_sigmoid(logits) + (1 - target) * jax.nn.log_sigmoid(
        -logits
    )
    return -jnp.mean(log_likelihood)


def _softmax_cross_entropy(logits: Array, label: Array) -> Array:
    log_probability = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_probability, label[:, None], axis=1))


LOSSES: dict[str, Callable[[Array, Any], Array]] = {
    "mean_squared_error": lambda y, target: jnp.mean((y - target) ** 2),
    "sum_squared_error": lambda y, target: jnp.sum((y - target) ** 2),
    "row_squared_error": lambda y, target: jnp.sum((y - target) ** 2, axis=1),
    "binary_cross_entropy": _binary_cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "outputs": lambda y, target: y,
}

PENALTIES: dict[str, Callable[[Any, list[Array]], Array]] = {
    "l2_penalty": lambda penalty, weights: penalty.strength * sum(jnp.vdot(w, w) for w in weights),
}


def objective(
    architecture: Architecture, target: Any, cotangent: Any
) -> Callable[[Mapping[str, Array]], Array]:
    """⟨cotangent, loss⟩ as a function of `x` and the parameters, arrays of one dtype."""

    def function(arguments: Mapping[str, Array]) -> Array:
        y = _apply(architecture.layers, arguments, "", arguments["x"])
        loss = LOSSES[architecture.loss.kind](y, _constant(target, y))
        if architecture.penalty:
            weights = [a for name, a in arguments.items() if name.endswith(".weight")]
            loss = loss + PENALTIES[architecture.penalty.kind](architecture.penalty, weights)
        return jnp.sum(_constant(cotangent, y) * loss)

    return function


def _constant(array: Any, like: Array) -> Any:
    """Real numbers in the dtype of `like`; labels and nothing as they are."""
    return array if array is None or array.dtype.kind != "f" else jnp.asarray(array, like.dtype)


def _apply(layers: tuple[Layer, ...], parameters: Parameters, prefix: str, x: Array) -> Array:
    for number, layer in enumerate(layers, 1):
        path = f"{prefix}{number}"
        x = FUNCTIONS[layer.kind](layer, parameters, path, x)
    return x
