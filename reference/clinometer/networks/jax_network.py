"""An architecture as a JAX user would write it: pure functions of parameters and input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import jax.numpy as jnp
from jax import Array

from clinometer.architecture import Architecture, Layer
from clinometer.networks.jax_layers import FUNCTIONS
from clinometer.networks.jax_losses import LOSSES, PENALTIES

Tree = Mapping[str, Array]


def objective(
    architecture: Architecture, given: Mapping[str, Any], target: Any, cotangent: Any
) -> Callable[[Tree], Array]:
    """⟨cotangent, loss⟩ as a function of `x` and the parameters, arrays of one dtype.

    `given` are the constants, and the `x` of tokens.
    """

    def function(arguments: Tree) -> Array:
        dtype = next(iter(arguments.values())).dtype
        constants = {name: _constant(array, dtype) for name, array in given.items()}
        tree = constants | architecture.with_shared(arguments)
        y = _apply(architecture.layers, tree, "", tree["x"])
        own = {name.removeprefix("loss."): a for name, a in tree.items()}
        loss = LOSSES[architecture.loss.kind](architecture.loss, y, _constant(target, dtype), own)
        if architecture.penalty:
            weights = [a for name, a in arguments.items() if name.endswith(".weight")]
            loss = loss + PENALTIES[architecture.penalty.kind](architecture.penalty, weights)
        return jnp.sum(_constant(cotangent, dtype) * loss)

    return function


def _constant(array: Any, dtype: Any) -> Any:
    """Real numbers in that dtype; labels and nothing as they are."""
    return array if array is None or array.dtype.kind != "f" else jnp.asarray(array, dtype)


def _apply(layers: tuple[Layer, ...], tree: Tree, prefix: str, x: Array) -> Array:
    for number, layer in enumerate(layers, 1):
        path = f"{prefix}{number}"
        if layer.branch_layers():
            x = _parallel(layer, tree, path, x)
        else:
            names = [*layer.parameter_shapes(x.shape[1:]), *layer.constants(x.shape[1:])]
            x = FUNCTIONS[layer.kind](layer, {name: tree[f"{path}.{name}"] for name in names}, x)
    return x


def _parallel(layer: Any, tree: Tree, path: str, x: Array) -> Array:
    outputs = [
        _apply(branch, tree, f"{path}.{number}.", x)
        for number, branch in enumerate(layer.branches, 1)
    ]
    if layer.join == "concatenate":
        return jnp.concatenate(outputs, axis=-1)
    return reduce(jnp.add if layer.join == "add" else jnp.multiply, outputs)
