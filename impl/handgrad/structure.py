"""The structure of a network: layers in order and parallel branches, without any numbers.

Layers are numbered from 1 in the order in which they run, so `2.weight` is the weight of the
second layer and `3.2.1.weight` that of the first layer in the second branch of the block 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Layer:
    """One layer or loss: its kind, which names its kernel, with parameter shapes and settings.

    `constants` names arrays that go in with the parameters but have no gradient, such as the
    mask of a dropout: True where they hold one row for each sample.
    """

    kind: str
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Parallel:
    """Branches that all read the same input; an empty branch passes it on as it is.

    `join` names the kernel that brings them together: add, concatenate or multiply. A
    residual block is `Parallel(((), layers), "add")`.
    """

    branches: Sequence[Sequence[Node]]
    join: str = "add"


Node: TypeAlias = Layer | Parallel


def dense(inputs: int, outputs: int) -> Layer:
    """A dense layer from `inputs` to `outputs` features."""
    return Layer("dense", {"weight": (inputs, outputs), "bias": (outputs,)})


def residual(*layers: Node) -> Parallel:
    """A block that adds its input to what the layers make of it."""
    return Parallel(((), layers), "add")


def numbered(layers: Sequence[Node], prefix: str = "") -> Iterator[tuple[str, Node]]:
    """The layers of one sequence with their paths."""
    return ((f"{prefix}{number}", node) for number, node in enumerate(layers, 1))


def walk(layers: Sequence[Node], prefix: str = "") -> Iterator[tuple[str, Layer]]:
    """Every layer with its path, in order, those of branches included."""
    for path, node in numbered(layers, prefix):
        if isinstance(node, Layer):
            yield path, node
        else:
            for number, branch in enumerate(node.branches, 1):
                yield from walk(branch, f"{path}.{number}.")


def parameter_shapes(
    layers: Sequence[Node], shared: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter, in the order of the layers.

    Raises ValueError for sharing that cannot be.
    """
    by_path = dict(walk(layers))
    order = list(by_path)
    for later, earlier in shared.items():
        if not (
            {later, earlier} <= set(order)
            and order.index(earlier) < order.index(later)
            and by_path[later].shapes == by_path[earlier].shapes != {}
            and earlier not in shared
        ):
            raise ValueError(
                f"layer {later} cannot have the parameters of {earlier}: that must be an earlier "
                "layer with parameters of its own and of the same shapes; the layers are "
                f"{', '.join(order)}"
            )
    return {
        f"{path}.{name}": shape
        for path, layer in by_path.items()
        if path not in shared
        for name, shape in layer.shapes.items()
    }
