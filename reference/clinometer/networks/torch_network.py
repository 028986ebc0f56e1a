"""An architecture as a PyTorch user would write it: modules, and losses from `torch.nn`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from clinometer.architecture import Architecture, Layer
from clinometer.architecture.description import Shape


class Parallel(nn.Module):
    """Branches that read one input, joined."""

    def __init__(self, branches: list[nn.Module], join: str) -> None:
        super().__init__()
        self.join = join
        for number, branch in enumerate(branches, 1):
            self.add_module(str(number), branch)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [branch(x) for branch in self.children()]
        if self.join == "concatenate":
            return torch.cat(outputs, dim=-1)
        stacked = torch.stack(outputs)
        return stacked.sum(dim=0) if self.join == "add" else stacked.prod(dim=0)


def _parallel(layer: Any, shape: Shape) -> nn.Module:
    return Parallel([_sequential(branch, shape) for branch in layer.branches], layer.join)


MODULES: dict[str, Callable[[Any, Shape], nn.Module]] = {
    "identity": lambda layer, shape: nn.Identity(),
    "dense": lambda layer, shape: nn.Linear(shape[-1], layer.units),
    "sigmoid": lambda layer, shape: nn.Sigmoid(),
    "tanh": lambda layer, shape: nn.Tanh(),
    "relu": lambda layer, shape: nn.ReLU(),
    "leaky_relu": lambda layer, shape: nn.LeakyReLU(layer.slope),
    # The default threshold of 20 would cut log(1 + eˣ) off where float64 still tells it from x.
    "softplus": lambda layer, shape: nn.Softplus(threshold=40),
    "softmax": lambda layer, shape: nn.Softmax(dim=-1),
    "parallel": _parallel,
}

LOSSES: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "mean_squared_error": nn.MSELoss(),
    "sum_squared_error": nn.MSELoss(reduction="sum"),
    "row_squared_error": lambda y, target: F.mse_loss(y, target, reduction="none").sum(dim=1),
    "binary_cross_entropy": nn.BCEWithLogitsLoss(),
    "softmax_cross_entropy": nn.CrossEntropyLoss(),
    "outputs": lambda y, target: y,
}

PENALTIES: dict[str, Callable[[Any, list[Tensor]], Tensor]] = {
    "l2_penalty": lambda penalty, weights: (
        penalty.strength * sum(w.square().sum() for w in weights)
    ),
}


def objective(
    architecture: Architecture, target: Any, cotangent: Any
) -> Callable[[Mapping[str, Tensor]], Tensor]:
    """⟨cotangent, loss⟩ as a function of `x` and the parameters, tensors of one dtype."""
    with torch.device("meta"):  # no values: they come with each call
        module = _sequential(architecture.layers, architecture.inputs)

    def function(arguments: Mapping[str, Tensor]) -> Tensor:
        # nn.Linear keeps its weight as (out, in).
        parameters = {
            name: a.T if a.ndim == 2 else a for name, a in arguments.items() if name != "x"
        }
        y = torch.func.functional_call(module, parameters, (arguments["x"],))
        loss = LOSSES[architecture.loss.kind](y, _constant(target, y))
        if architecture.penalty:
            weights = [a for name, a in arguments.items() if name.endswith(".weight")]
            loss = loss + PENALTIES[architecture.penalty.kind](architecture.penalty, weights)
        return torch.sum(_constant(cotangent, y) * loss)

    return function


def _constant(array: Any, like: Tensor) -> Any:
    """The array as a tensor; real numbers in the dtype of `like`."""
    if array is None or array.dtype.kind != "f":
        return array if array is None else torch.as_tensor(array)
    return torch.as_tensor(array, dtype=like.dtype)


def _sequential(layers: tuple[Layer, ...], shape: Shape) -> nn.Module:
    """The layers under the names that their parameters have: 1, 2, 3 …"""
    sequence = nn.Sequential()
    for number, layer in enumerate(layers, 1):
        sequence.add_module(str(number), MODULES[layer.kind](layer, shape))
        shape = layer.output_shape(shape)
    return sequence
