"""What a layer is: a plain description, no arrays.

A description knows its settings, the samples that it takes, the shape that comes out for a shape
that goes in, the shapes of its parameters and the constants that it needs. All shapes leave the
batch axis out. Every class registers itself in `LAYERS` under its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from clinometer.architecture.description import Description, Shape
from clinometer.errors import InvalidInput

LAYERS: dict[str, type[Layer]] = {}


@dataclass(frozen=True)
class Layer(Description):
    """One layer. Subclasses give their kind as a class keyword."""

    registry: ClassVar[dict[str, type[Any]]] = LAYERS
    #: True where each number that comes out depends on the one in its place alone.
    elementwise: ClassVar[bool] = False
    #: True where a sample's output depends on the other samples of its batch.
    mixes_samples: ClassVar[bool] = False

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that comes out; most layers keep the shape that goes in.

        Raises InvalidInput where the layer's settings do not fit the shape.
        """
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Name and shape of each parameter, for an input of that shape."""
        return {}

    @property
    def tokens(self) -> int | None:
        """Of how many tokens its input is made, where that is not real numbers."""
        return None

    def branch_layers(self) -> tuple[tuple[Layer, ...], ...]:
        """The branches of a block; a plain layer has none."""
        return ()


def sequence_output_shape(layers: tuple[Layer, ...], shape: Shape) -> Shape:
    """The shape after all the layers. Raises InvalidInput where one does not fit."""
    for layer in layers:
        if not layer.accepts(shape):
            raise InvalidInput(f"{layer.kind!r} takes no samples of shape {list(shape)}")
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
