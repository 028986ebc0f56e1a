"""PyTorch functions, modules and `torch.autograd.Function`s."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from clinometer import trees
from clinometer.adapters.code import OUT, Code
from clinometer.adapters.memory import Remembering
from clinometer.adapters.objective import Objective
from clinometer.frameworks.torch_gradient import TorchFunction, TorchGradient, to_numpy, to_tensor
from clinometer.frameworks.torch_rounding import stochastic
from clinometer.frameworks.torch_watching import conducted, watched
from clinometer.frameworks.torch_widening import WideningMode, gradients, widened, widest
from clinometer.implementation import Leaves
from clinometer.problem import Arrays, Conductor, Function, Gradient, Watcher


def is_trained(leaf: Any) -> bool:
    """True for tensors of real or complex floating-point numbers, and no frozen parameters."""
    if not isinstance(leaf, Tensor) or not (leaf.is_floating_point() or leaf.is_complex()):
        return False
    return leaf.requires_grad or not isinstance(leaf, nn.Parameter)


def opened(
    fn: Callable[..., Any], names: Sequence[str], arguments: tuple[Any, ...]
) -> tuple[Callable[..., Any], list[str], tuple[Any, ...]]:
    """A module as a function of its parameters, by their names, and then of its arguments.

    Its buffers are those of this moment in every call, in the arguments' dtype if they are real.
    """
    if not isinstance(fn, nn.Module):
        return fn, list(names), arguments
    parameters = dict(fn.named_parameters())
    buffers = {name: buffer.detach().clone() for name, buffer in fn.named_buffers()}

    def function(*given: Any) -> Any:
        own = dict(zip(parameters, given, strict=False))
        like = next((x for x in given if is_trained(x)), None)
        state = own | {name: _cast(buffer, like) for name, buffer in buffers.items()}
        return functional_call(fn, state, given[len(own) :])

    renamed = [f"args.{name}" if name in parameters else name for name in names]
    own = ["self.value" if name == "value" else name for name in parameters]  # see argument_names
    return function, [*own, *renamed], (*parameters.values(), *arguments)


def _differentiable(x: Any) -> Any:
    return x.detach().requires_grad_() if is_trained(x) and not x.requires_grad else x


def _cast(buffer: Tensor, like: Tensor | None) -> Tensor:
    if like is None or not buffer.is_floating_point():
        return buffer.clone()
    return buffer.to(like.dtype, copy=True)


@dataclass(frozen=True, eq=False)
class TorchCode:
    """A function of tensors. Its pullback is autograd's unless one was written by hand."""

    code: Code
    library: Literal["torch"] = "torch"
    conjugate = 1

    def native(self, array: Any) -> Tensor:
        """A copy."""
        return to_tensor(array)

    def plain(self, native: Tensor) -> Any:
        """The same memory, without its history."""
        return to_numpy(native)

    def like(self, point: Tensor, array: Any) -> Tensor:
        """In the dtype of the point, and where it is."""
        return torch.as_tensor(np.ascontiguousarray(array)).to(point.device, point.dtype)

    def cast(self, point: Any, array: Any) -> Any:
        """In the dtype of the point."""
        return array.to(point.dtype)

    def outputs(self, leaves: Leaves) -> dict[str, Tensor]:
        """The floating-point outputs by name.

        With a graph, as the function itself may ask for a gradient.
        """
        return TorchRun(self, {n: _differentiable(x) for n, x in leaves.items()}).outputs

    def run(self, leaves: Leaves) -> TorchRun:
        """One forward pass on the leaves as they lie in memory, with a graph of its own."""
        own = {n: x.detach().requires_grad_() if is_trained(x) else x for n, x in leaves.items()}
        return TorchRun(self, own)

    def scalar(self, objective: Objective, arguments: Arrays) -> tuple[Function, Gradient]:
        """The objective, and its gradient."""
        return TorchObjective(objective.value), self.gradient(objective)

    def gradient(self, objective: Objective) -> TorchFunction:
        """By autograd or by hand."""
        if objective.by_hand:
            return TorchByHand(objective.gradient, self.widening)
        return TorchByAutograd(objective.value, self.differentiate)

    def hidden(self, code: Function) -> TorchObjective:
        """The function with the errors of its own arithmetic."""
        return TorchObjective(code)

    def watched(self, function: Function, watcher: Watcher) -> Function:
        """The function with each of its operations watched."""
        return watched(function, watcher)

    def conducted(self, function: Function, conductor: Conductor) -> Function:
        """The function with each of its operations run by a conductor."""
        return conducted(function, conductor)

    def differentiated(self, value: Function, point: Arrays) -> Mapping[str, Any]:
        """With a graph."""
        inputs = {n: _differentiable(x) for n, x in point.items()}
        found = self.differentiate(
            value(inputs), list(inputs.values()), create_graph=True, materialize_grads=True
        )
        return dict(zip(inputs, found, strict=True))

    def differentiate(self, outputs: Any, inputs: Sequence[Tensor], *given: Any, **how: Any) -> Any:
        """By autograd, and backward passes are as wide as the inputs."""
        mode = self.widening(inputs)
        if isinstance(mode, WideningMode):
            return gradients(mode, outputs, inputs, *given, **how)
        return torch.autograd.grad(outputs, inputs, *given, **how)

    def widening(self, leaves: Iterable[Any]) -> AbstractContextManager[Any]:
        """Inside it, all that the function computes is as wide as the leaves."""
        return widened(self._dtype, _dtype(leaves))

    @cached_property
    def _dtype(self) -> torch.dtype:
        """That of the arguments as they were handed over."""
        return _dtype(self.code.leaves().values())


def _dtype(leaves: Iterable[Any]) -> torch.dtype:
    """The widest real one."""
    return widest(x.dtype for x in leaves if is_trained(x))


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Inside it they are those of seed 0, and afterwards those that would have come.

    Of the CPU, where all tensors are; `torch.manual_seed` would take longer than a small function.
    """
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(0)
    try:
        yield
    finally:
        torch.default_generator.set_state(before)


class TorchRun:
    """The graph that a call of the function left. Random numbers are the same in every call."""

    def __init__(self, implementation: TorchCode, leaves: Leaves) -> None:
        self.implementation, self.leaves = implementation, leaves
        self.code = implementation.code
        self.arguments = self.code.placed(leaves)
        with same_random_numbers(), implementation.widening(leaves.values()):
            self.returned = self.code.function(*self.arguments)

    @cached_property
    def outputs(self) -> dict[str, Tensor]:
        """Those that are floating-point tensors."""
        return {n: x for n, x in trees.leaves(self.returned, OUT) if _is_real_or_complex(x)}

    def pull(self, cotangents: Leaves) -> Mapping[str, Any]:
        """By hand, or by autograd; outputs without a cotangent get none."""
        if self.code.by_hand:
            with self.implementation.widening(self.leaves.values()):
                return self.code.pulled(self.arguments, self.returned, cotangents)
        inputs = {n: x for n, x in self.leaves.items() if is_trained(x)}
        ends = {n: self.outputs[n] for n in cotangents if self.outputs[n].requires_grad}
        found: Iterable[Any] = [None] * len(inputs)
        if ends:
            found = self.implementation.differentiate(
                list(ends.values()), list(inputs.values()), [cotangents[n] for n in ends],
                allow_unused=True, retain_graph=True,
            )  # fmt: skip
        return dict(zip(inputs, found, strict=True))


def _is_real_or_complex(x: Any) -> bool:
    return isinstance(x, Tensor) and (x.is_floating_point() or x.is_complex())


class _Perturbed(Remembering, TorchFunction):
    """Code parts of which PyTorch does not see: its arguments err at random as well."""

    def stochastic(self, arguments: Arrays, random: np.random.Generator) -> Any:
        """With a random error in every argument and in every operation of PyTorch's."""
        tensors = {name: to_tensor(array) for name, array in arguments.items()}
        with stochastic(int(random.integers(2**63))):
            moved = {name: x * 1 for name, x in tensors.items()}
            try:
                return self._evaluate(moved)
            except Exception:  # at the edge of its domain code may raise whatever it likes
                return self._evaluate(self._moved_within(tensors, moved))

    def _moved_within(self, tensors: dict[str, Tensor], moved: dict[str, Tensor]) -> Any:
        """With those arguments moved that can be."""
        for name, x in moved.items():
            with suppress(Exception):
                self._evaluate({**tensors, name: x})
                tensors = {**tensors, name: x}
        return tensors


class TorchObjective(_Perturbed):
    """The value, or several by name."""

    def _evaluate(self, tensors: dict[str, Tensor]) -> Any:
        returned = self.reading(tensors)
        if isinstance(returned, dict):
            return {name: to_numpy(tensor) for name, tensor in returned.items()}
        return to_numpy(returned)


class TorchByAutograd(_Perturbed, TorchGradient):
    """The value and what autograd makes of the function and its own backward pass."""


@dataclass(frozen=True, eq=False)
class TorchByHand(_Perturbed):
    """The value and the gradients by hand."""

    widening: Callable[[Iterable[Any]], AbstractContextManager[Any]]

    def _evaluate(self, tensors: dict[str, Tensor]) -> tuple[Any, dict[str, Any]]:
        with same_random_numbers(), self.widening(tensors.values()):
            value, found = self.reading(tensors)
        return to_numpy(value), {name: to_numpy(gradient) for name, gradient in found.items()}


implementation = TorchCode
