"""A network's structure bound to kernels: what runs forward and then backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handgrad.arrays import Cache
from handgrad.kernels import Kernel, kernel, rounded
from handgrad.structure import Layer, Node, numbered


@dataclass(frozen=True)
class LayerStep:
    """A layer bound to its kernel and to the names of its parameters.

    `constants` has the names of the constants by the kernel's keyword; `add` is the kernel that
    adds what another layer with the same parameters has sent back.
    """

    path: str
    kind: str
    kernel: Kernel
    add: Kernel
    names: tuple[str, ...]
    constants: Mapping[str, str]
    settings: Mapping[str, Any]

    def forward(self, parameters: Mapping[str, Any], x: Any) -> tuple[Any, Cache]:
        given = map(parameters.__getitem__, self.names)
        constants = self.constants and {k: parameters[name] for k, name in self.constants.items()}
        try:
            y, cache = self.kernel.forward(x, *given, **constants, **self.settings)
        except (ValueError, IndexError, TypeError) as error:
            raise ValueError(
                f"layer {self.path} ({self.kind}) cannot take its input: {error}"
            ) from error
        return rounded(y, x), cache

    def backward(self, dy: Any, cache: Cache, gradients: dict[str, Any], **by_sample: bool) -> Any:
        if not self.names:
            (dx,) = self.kernel.backward(dy, cache)
            return rounded(dx, dy)
        dx, *dparameters = self.kernel.backward(dy, cache, **by_sample)
        for name, dparameter in zip(self.names, dparameters, strict=True):
            gradient = rounded(dparameter, dy)
            before = gradients.get(name)
            gradients[name] = gradient if before is None else self.add.forward(before, gradient)[0]
        return rounded(dx, dy)


@dataclass(frozen=True)
class SequenceStep:
    """Steps one after the other; with none of them, the identity."""

    steps: tuple[LayerStep | ParallelStep, ...]

    def forward(self, parameters: Mapping[str, Any], x: Any) -> tuple[Any, Cache]:
        caches = []
        for step in self.steps:
            x, cache = step.forward(parameters, x)
            caches.append(cache)
        return x, caches

    def backward(self, dy: Any, cache: Cache, gradients: dict[str, Any], **by_sample: bool) -> Any:
        for step, step_cache in zip(reversed(self.steps), reversed(cache), strict=True):
            dy = step.backward(dy, step_cache, gradients, **by_sample)
        return dy


@dataclass(frozen=True)
class ParallelStep:
    """Parallel branches bound to the kernels that join them and that add their cotangents."""

    path: str
    kind: str
    branches: tuple[SequenceStep, ...]
    join: Kernel
    add: Kernel

    def forward(self, parameters: Mapping[str, Any], x: Any) -> tuple[Any, Cache]:
        ends = [branch.forward(parameters, x) for branch in self.branches]
        try:
            y, join_cache = self.join.forward(*(y for y, _ in ends))
        except (ValueError, IndexError, TypeError) as error:
            raise ValueError(
                f"block {self.path} ({self.kind}) cannot join its branches: {error}"
            ) from error
        return y, (join_cache, [cache for _, cache in ends])

    def backward(self, dy: Any, cache: Cache, gradients: dict[str, Any], **by_sample: bool) -> Any:
        """The input feeds every branch, so its gradient is the sum over them."""
        join_cache, caches = cache
        dys = self.join.backward(dy, join_cache)
        dxs = [
            branch.backward(dy, branch_cache, gradients, **by_sample)
            for branch, dy, branch_cache in zip(self.branches, dys, caches, strict=True)
        ]
        return self.add.forward(*dxs)[0]


def bind(
    layers: Sequence[Node], kernels: str, shared: Mapping[str, str], prefix: str = ""
) -> SequenceStep:
    """The layers with the kernels of one set and the names of their parameters.

    `shared` gives, by a layer's path, that of the layer whose parameters it has.
    """
    steps: list[LayerStep | ParallelStep] = []
    add = kernel(kernels, "add")
    for path, node in numbered(layers, prefix):
        if isinstance(node, Layer):
            names = tuple(f"{shared.get(path, path)}.{name}" for name in node.shapes)
            constants = {name: f"{path}.{name}" for name in node.constants}
            own = kernel(kernels, node.kind)
            steps.append(LayerStep(path, node.kind, own, add, names, constants, node.settings))
        else:
            branches = tuple(
                bind(branch, kernels, shared, f"{path}.{number}.")
                for number, branch in enumerate(node.branches, 1)
            )
            join = kernel(kernels, node.join)
            steps.append(ParallelStep(path, node.join, branches, join, add))
    return SequenceStep(tuple(steps))
