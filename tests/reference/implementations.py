"""Implementations on trial, as small as can be: for NumPy, PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clinometer.battery import Trial, examine

if TYPE_CHECKING:
    from clinometer.implementation import Leaves


@dataclass
class Pass:
    """Outputs and the backward pass that belongs to them."""

    outputs: Leaves
    pull: Callable[[Leaves], Mapping[str, Any]]


@dataclass
class NumPyImplementation:
    """Forward passes that return outputs and a backward pass, both of arrays by name."""

    forward: Callable[[Leaves], tuple[Leaves, Callable[[Leaves], Mapping[str, Any]]]]
    library: Literal["numpy"] = "numpy"

    def native(self, array: Any) -> Any:
        return np.array(array)

    def plain(self, native: Any) -> Any:
        return np.asarray(native)

    def run(self, leaves: Leaves) -> Pass:
        return Pass(*self.forward(leaves))


@dataclass
class TorchImplementation:
    """A function of tensors by name to tensors by name, and PyTorch's reverse mode."""

    function: Callable[[Leaves], Leaves]
    library: Literal["torch"] = "torch"

    def native(self, array: Any) -> Any:
        from clinometer.frameworks.torch_gradient import to_tensor

        return to_tensor(np.ascontiguousarray(array).reshape(np.shape(array)))

    def plain(self, native: Any) -> Any:
        from clinometer.frameworks.torch_gradient import to_numpy

        return to_numpy(native)

    def run(self, leaves: Leaves) -> Pass:
        import torch

        tensors = {
            name: leaf.detach().requires_grad_(leaf.is_floating_point() or leaf.is_complex())
            for name, leaf in leaves.items()
        }
        outputs = self.function(tensors)
        moving = {name: tensor for name, tensor in tensors.items() if tensor.requires_grad}

        def pull(cotangents: Leaves) -> Mapping[str, Any]:
            gradients = torch.autograd.grad(
                [outputs[name] for name in cotangents],
                list(moving.values()),
                list(cotangents.values()),
                retain_graph=True,
                allow_unused=True,
            )
            return dict(zip(moving, gradients, strict=True))

        return Pass(outputs, pull)


@dataclass
class JaxImplementation:
    """A function of JAX arrays by name to arrays by name, and JAX's reverse mode."""

    function: Callable[[Leaves], Leaves]
    library: Literal["jax"] = "jax"

    def native(self, array: Any) -> Any:
        import jax.numpy as jnp

        return jnp.array(array, copy=True)

    def plain(self, native: Any) -> Any:
        return np.asarray(native)

    def run(self, leaves: Leaves) -> Pass:
        import jax

        moving = {n: a for n, a in leaves.items() if jax.numpy.issubdtype(a.dtype, np.inexact)}
        outputs, pullback = jax.vjp(lambda moving: self.function({**leaves, **moving}), moving)
        return Pass(outputs, lambda cotangents: pullback(dict(cotangents))[0])


def elementwise(
    function: Callable[[Any], Any], backward: Callable[[Any, Any], Any]
) -> NumPyImplementation:
    """Y = function(x), with `backward` of the cotangent and x."""
    return NumPyImplementation(
        lambda a: ({"y": function(a["x"])}, lambda c: {"x": backward(c["y"], a["x"])})
    )


def reasons(trial: Trial, *, status: str = "disagree") -> set[tuple[str, str, str]]:
    """Array, witness and reason of each breach of that status."""
    return {(c.array, c.witness, c.reason) for c in trial.comparisons if c.status == status}


def trial_of(implementation: Any, batches: Any = (), seed: int = 0, **arrays: Any) -> Trial:
    """The battery on it, at these NumPy arrays."""
    leaves = {name: implementation.native(np.asarray(array)) for name, array in arrays.items()}
    return examine(implementation, leaves, seed, batches)
