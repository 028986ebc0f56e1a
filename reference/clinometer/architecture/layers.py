"""The layers and blocks that an architecture is made of: plain descriptions, no arrays.

A description knows its settings, the shape that comes out for a shape that goes in, and
the shapes of its parameters. All shapes leave the batch axis out. Every class registers
itself in `LAYERS` under its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from clinometer.architecture.description import Description, Shape, is_count, require
from clinometer.errors import InvalidInput

LAYERS: dict[str, type[Layer]] = {}


@dataclass(frozen=True)
class Layer(Description):
    """One layer. Subclasses give their kind as a class keyword."""

    registry: ClassVar[dict[str, type[Any]]] = LAYERS
    #: True where each number that comes out depends on the one in its place alone.
    elementwise: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that comes out; elementwise layers keep the shape that goes in."""
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Name and shape of each parameter, for an input of that shape."""
        return {}

    @property
    def forward_settings(self) -> dict[str, Any]:
        """The settings that a forward pass needs beside the parameters."""
        return self.settings

    def branch_layers(self) -> tuple[tuple[Layer, ...], ...]:
        """The branches of a block; a plain layer has none."""
        return ()


@dataclass(frozen=True)
class Identity(Layer, kind="identity"):
    """y = x."""


@dataclass(frozen=True)
class Dense(Layer, kind="dense"):
    """y = x W + b with `units` outputs."""

    units: int
    elementwise: ClassVar[bool] = False

    def __post_init__(self) -> None:
        fits = is_count(self.units) and self.units >= 1
        require(fits, self, "units", "an integer from 1 up")

    @property
    def forward_settings(self) -> dict[str, Any]:
        """None: the width shows in the parameters."""
        return {}

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Widths from 1 to 8, and as often a square weight, where a transposition hides."""
        return {"units": (1, 2, 3, 4, 5, 6, 7, 8) + 8 * shape[-1:]}

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (shape[-1], self.units), "bias": (self.units,)}


@dataclass(frozen=True)
class Sigmoid(Layer, kind="sigmoid"):
    """y = 1 / (1 + e⁻ˣ)."""


@dataclass(frozen=True)
class Tanh(Layer, kind="tanh"):
    """y = tanh x."""


@dataclass(frozen=True)
class ReLU(Layer, kind="relu"):
    """y = max(x, 0)."""


@dataclass(frozen=True)
class LeakyReLU(Layer, kind="leaky_relu"):
    """y = x where x > 0, else slope·x."""

    slope: float = 0.01

    def __post_init__(self) -> None:
        require(abs(self.slope) < 1e6, self, "slope", "a finite number")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Small, large and negative slopes, all exact in binary."""
        return {"slope": (0.25, 0.015625, 0.0, 1.5, -0.5)}


@dataclass(frozen=True)
class Softplus(Layer, kind="softplus"):
    """y = log(1 + eˣ)."""


@dataclass(frozen=True)
class Softmax(Layer, kind="softmax"):
    """yᵢ = e^xᵢ / Σⱼ e^xⱼ along the last axis."""

    elementwise: ClassVar[bool] = False


JOINS = ("add", "concatenate", "multiply")


@dataclass(frozen=True)
class Parallel(Layer, kind="parallel"):
    """Branches that read one input, joined by `add`, `concatenate` or `multiply`.

    An empty branch passes its input on, so that a residual block is
    `Parallel(branches=((), layers), join="add")`.
    """

    branches: tuple[tuple[Layer, ...], ...]
    join: str = "add"
    elementwise: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.join in JOINS, self, "join", "one of " + ", ".join(JOINS))
        require(len(self.branches) >= 2, self, "branches", "two branches or more")

    def branch_layers(self) -> tuple[tuple[Layer, ...], ...]:
        return self.branches

    def output_shape(self, shape: Shape) -> Shape:
        shapes = [sequence_output_shape(branch, shape) for branch in self.branches]
        if self.join == "concatenate":
            return (*shape[:-1], sum(shape[-1] for shape in shapes))
        if len(set(shapes)) > 1:
            raise InvalidInput(
                f"the branches of a parallel block give the shapes {shapes}; "
                f"to {self.join} them they must be equal"
            )
        return shapes[0]


def sequence_output_shape(layers: tuple[Layer, ...], shape: Shape) -> Shape:
    """The shape after all the layers."""
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


def walk(
    layers: tuple[Layer, ...], shape: Shape, prefix: str = ""
) -> Iterator[tuple[str, Layer, Shape]]:
    """Path, layer and input shape of every layer and block, a block before what it holds.

    Paths count from 1: `3.2.1` is the first layer in the second branch of block 3.
    """
    for number, layer in enumerate(layers, 1):
        path = f"{prefix}{number}"
        yield path, layer, shape
        for branch_number, branch in enumerate(layer.branch_layers(), 1):
            yield from walk(branch, shape, f"{path}.{branch_number}.")
        shape = layer.output_shape(shape)
