"""PyTorch functions and their gradients by its reverse mode, from NumPy arrays to NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from clinometer.frameworks.torch_rounding import stochastic
from clinometer.problem import Arrays, Function


@dataclass(frozen=True, eq=False)
class TorchFunction:
    """The value of a scalar function of named tensors, in the dtype of its arguments."""

    reading: Function
    widest = "float64"

    def __call__(self, arguments: Arrays) -> Any:
        return self._evaluate({name: to_tensor(array) for name, array in arguments.items()})

    def stochastic(self, arguments: Arrays, random: np.random.Generator) -> Any:
        """The same with a random error in every operation, forward and backward."""
        tensors = {name: to_tensor(array) for name, array in arguments.items()}
        with stochastic(int(random.integers(2**63))):
            return self._evaluate(tensors)

    def _evaluate(self, tensors: dict[str, Tensor]) -> Any:
        return to_numpy(self.reading(tensors))


@dataclass(frozen=True, eq=False)
class TorchGradient(TorchFunction):
    """The value and the gradients of a scalar function of named tensors.

    Attributes:
        differentiate: `torch.autograd.grad`, or what stands for it.
    """

    differentiate: Callable[..., Sequence[Any]] = torch.autograd.grad

    @property
    def forward(self) -> TorchFunction:
        """The function alone."""
        return TorchFunction(self.reading)

    def _evaluate(self, tensors: dict[str, Tensor]) -> tuple[Any, dict[str, Any]]:
        point = {name: tensor.requires_grad_() for name, tensor in tensors.items()}
        value = self.reading(point)
        if not value.requires_grad:  # nothing that it is made of depends on the point
            value = value + 0 * sum(tensor.sum() for tensor in point.values())
        gradients = self.differentiate(value, list(point.values()), materialize_grads=True)
        return to_numpy(value), dict(zip(point, map(to_numpy, gradients), strict=True))


def to_tensor(array: Any) -> Tensor:
    """A copy. PyTorch reads bfloat16, which is no dtype of NumPy's own, as bits."""
    if array.dtype.name == "bfloat16":
        return torch.tensor(array.view(np.int16)).view(torch.bfloat16)
    return torch.tensor(array)


def to_numpy(tensor: Tensor) -> Any:
    detached = tensor.detach()
    if detached.dtype == torch.bfloat16:
        return detached.view(torch.int16).numpy().view("bfloat16")
    return detached.numpy()
