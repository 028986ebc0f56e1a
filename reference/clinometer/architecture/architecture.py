"""An architecture: the immutable description of a network and its loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from clinometer.architecture.description import Constant, Shape, is_count
from clinometer.architecture.layers import Layer, sequence_output_shape, walk
from clinometer.architecture.losses import Loss, MeanSquaredError, Penalty
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Architecture:
    """Layers in order, a loss and an optional penalty, for inputs of one shape.

    Raises InvalidInput where the layers do not fit.

    Attributes:
        inputs: the shape of one sample.
        shared: pairs of paths: the first names a layer that has no parameters of its own but
            those of the second, an earlier layer of the same kind.
    """

    inputs: Shape
    layers: tuple[Layer, ...]
    loss: Loss = field(default_factory=MeanSquaredError)
    penalty: Penalty | None = None
    shared: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.inputs or not all(is_count(n) and n >= 1 for n in self.inputs):
            raise InvalidInput(f"inputs must be a shape such as [4], not {list(self.inputs)!r}")
        if not self.layers:
            raise InvalidInput("an architecture needs at least one layer")
        if not self.loss.accepts(self.outputs):
            raise InvalidInput(
                f"the loss {self.loss.kind!r} takes no outputs of shape {list(self.outputs)}"
            )
        if any(layer.tokens is not None for path, layer, _ in self.walk() if path != "1"):
            raise InvalidInput("a layer that takes tokens must be the first one")
        self._check_shared()

    def _check_shared(self) -> None:
        shapes = {p: (lay.kind, lay.parameter_shapes(s)) for p, lay, s in self.walk()}
        order, borrowers = list(shapes), {later for later, _ in self.shared}
        for later, earlier in self.shared:
            if not (
                {later, earlier} <= set(order)
                and order.index(earlier) < order.index(later)
                and shapes[later] == shapes[earlier]
                and shapes[later][1]
                and earlier not in borrowers
            ):
                raise InvalidInput(
                    f"layer {later!r} cannot have the parameters of {earlier!r}: that must be an "
                    "earlier layer with parameters of its own, of the same kind and shapes"
                )

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
            if path not in dict(self.shared)
            for name, parameter in layer.parameter_shapes(shape).items()
        }

    @property
    def constants(self) -> dict[str, Constant]:
        """What the layers and the loss need that has no gradient, by name."""
        places = [*self.walk(), ("loss", self.loss, self.outputs)]
        return {
            f"{path}.{name}": constant
            for path, described, shape in places
            for name, constant in described.constants(shape).items()
        }

    @property
    def tokens(self) -> int | None:
        """Of how many tokens the input is made; None where it is real numbers."""
        return self.layers[0].tokens

    def with_shared(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """The arrays by name, those of shared parameters under all their names."""
        if not self.shared:
            return dict(arrays)
        shapes = self.parameter_shapes
        names = {
            f"{later}.{name.removeprefix(earlier + '.')}": array
            for later, earlier in self.shared
            for name, array in arrays.items()
            if name.startswith(f"{earlier}.") and name in shapes
        }
        return {**arrays, **names}

    def walk(self) -> Iterator[tuple[str, Layer, Shape]]:
        """Path, layer and input shape of every layer and block."""
        return walk(self.layers, self.inputs)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        data = {
            "inputs": list(self.inputs),
            "layers": [layer.to_json() for layer in self.layers],
            "loss": self.loss.to_json(),
            "penalty": self.penalty and self.penalty.to_json(),
        }
        return data | ({"shared": [list(pair) for pair in self.shared]} if self.shared else {})

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The architecture that `to_json` gave. Raises InvalidInput for anything else."""
        needed = {"inputs", "layers", "loss", "penalty"}
        if not isinstance(data, Mapping) or not needed <= set(data) <= {*needed, "shared"}:
            raise InvalidInput(
                'an architecture is an object with "inputs", "layers", "loss" and "penalty"'
            )
        for name in ("inputs", "layers", "shared"):
            if not isinstance(data.get(name, []), list):
                raise InvalidInput(
                    f'"{name}" of an architecture must be a list, not {data[name]!r}'
                )
        shared = data.get("shared", [])
        if not all(isinstance(p, list) and list(map(type, p)) == [str, str] for p in shared):
            raise InvalidInput(f'"shared" must be a list of pairs of paths, not {shared!r}')
        return cls(
            tuple(data["inputs"]),
            tuple(Layer.from_json(layer) for layer in data["layers"]),
            Loss.from_json(data["loss"]),
            None if data["penalty"] is None else Penalty.from_json(data["penalty"]),
            tuple((later, earlier) for later, earlier in shared),
        )
