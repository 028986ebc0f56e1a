"""Parallel branches and what joins them."""

from __future__ import annotations

from dataclasses import dataclass

from clinometer.architecture.description import Shape, require
from clinometer.architecture.layers.layer import Layer, sequence_output_shape
from clinometer.errors import InvalidInput

JOINS = ("add", "concatenate", "multiply")


@dataclass(frozen=True)
class Parallel(Layer, kind="parallel"):
    """Branches that read one input, joined by `add`, `concatenate` or `multiply`.

    An empty branch passes its input on, so that a residual block is
    `Parallel(branches=((), layers), join="add")`.
    """

    branches: tuple[tuple[Layer, ...], ...]
    join: str = "add"

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
