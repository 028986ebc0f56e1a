"""An architecture as a PyTorch user would write it: `torch.nn.functional` and tensors by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from clinometer.architecture import Architecture, Layer
from clinometer.networks.torch_layers import FUNCTIONS
from clinometer.networks.torch_losses import LOSSES, PENALTIES

Tensors = Mapping[str, Tensor]


def objective(
    architecture: Architecture, given: Mapping[str, Any], target: Any, cotangent: Any
) -> Callable[[Tensors], Tensor]:
    """⟨cotangent, loss⟩ as a function of `x` and the parameters, tensors of one dtype.

    `given` are the constants, and the `x` of tokens.
    """

    def function(arguments: Tensors) -> Tensor:
        like = next(iter(arguments.values()))
        constants = {name: _constant(array, like) for name, array in given.items()}
        tensors = constants | architecture.with_shared(arguments)
        y = _apply(architecture.layers, tensors, "", tensors["x"])
        loss = LOSSES[architecture.loss.kind](
            architecture.loss, y, _constant(target, like), _own(tensors, "loss")
        )
        if architecture.penalty:
            weights = [a for name, a in arguments.items() if name.endswith(".weight")]
            loss = loss + PENALTIES[architecture.penalty.kind](architecture.penalty, weights)
        return torch.sum(_constant(cotangent, like) * loss)

    return function


def _constant(array: Any, like: Tensor) -> Any:
    """The array as a tensor; real numbers in the dtype of `like`."""
    if array is None or array.dtype.kind != "f":
        return array if array is None else torch.as_tensor(array)
    return torch.as_tensor(array, dtype=like.dtype)


def _own(tensors: Tensors, path: str) -> Tensors:
    """What belongs to the layer at that path, by its short names."""
    names = {name: name.rpartition(".") for name in tensors}
    return {short: tensors[name] for name, (owner, _, short) in names.items() if owner == path}


def _apply(layers: tuple[Layer, ...], tensors: Tensors, prefix: str, x: Tensor) -> Tensor:
    for number, layer in enumerate(layers, 1):
        path = f"{prefix}{number}"
        if layer.branch_layers():
            x = _parallel(layer, tensors, path, x)
        else:
            x = FUNCTIONS[layer.kind](layer, _own(tensors, path), x)
    return x


def _parallel(layer: Any, tensors: Tensors, path: str, x: Tensor) -> Tensor:
    outputs = [
        _apply(branch, tensors, f"{path}.{number}.", x)
        for number, branch in enumerate(layer.branches, 1)
    ]
    if layer.join == "concatenate":
        return torch.cat(outputs, dim=-1)
    stacked = torch.stack(outputs)
    return stacked.sum(dim=0) if layer.join == "add" else stacked.prod(dim=0)
