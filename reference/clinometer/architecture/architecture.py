"""An architecture: the immutable description of a network and its loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from clinometer.architecture.description import Shape, is_count
from clinometer.architecture.layers import Layer, sequence_output_shape, walk
from clinometer.architecture.losses import Loss, MeanSquaredError, Penalty
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Architecture:
    """Layers in order, a loss and an optional penalty, for inputs of one shape.

    `inputs` is the shape of one sample. Raises InvalidInput where the layers do not fit.
    """

    inputs: Shape
    layers: tuple[Layer, ...]
    loss: Loss = field(default_factory=MeanSquaredError)
    penalty: Penalty | None = None

    def __post_init__(self) -> None:
        if not self.inputs or not all(is_count(n) and n >= 1 for n in self.inputs):
            raise InvalidInput(f"inputs must be a shape such as [4], not {list(self.inputs)!r}")
        if not self.layers:
            raise InvalidInput("an architecture needs at least one layer")
        _ = self.outputs  # raises where a block's branches do not fit

    @property
    def outputs(self) -> Shape:
        """The shape of one sample's outputs."""
        return sequence_output_shape(self.layers, self.inputs)

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """Name and shape of every parameter, in the order of the layers."""
        return {
            f"{path}.{name}": parameter
            for path, layer, shape in self.walk()
            for name, parameter in layer.parameter_shapes(shape).items()
        }

    def walk(self) -> Iterator[tuple[str, Layer, Shape]]:
        """Path, layer and input shape of every layer and block."""
        return walk(self.layers, self.inputs)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "inputs": list(self.inputs),
            "layers": [layer.to_json() for layer in self.layers],
            "loss": self.loss.to_json(),
            "penalty": self.penalty and self.penalty.to_json(),
        }

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The architecture that `to_json` gave. Raises InvalidInput for anything else."""
        if not isinstance(data, Mapping) or set(data) != {"inputs", "layers", "loss", "penalty"}:
            raise InvalidInput(
                'an architecture is an object with "inputs", "layers", "loss" and "penalty"'
            )
        for name in ("inputs", "layers"):
            if not isinstance(data[name], list):
                raise InvalidInput(
                    f'"{name}" of an architecture must be a list, not {data[name]!r}'
                )
        return cls(
            tuple(data["inputs"]),
            tuple(Layer.from_json(layer) for layer in data["layers"]),
            Loss.from_json(data["loss"]),
            None if data["penalty"] is None else Penalty.from_json(data["penalty"]),
        )
