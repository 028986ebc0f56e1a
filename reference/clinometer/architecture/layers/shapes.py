"""Layers that change the shape of a sample and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from clinometer.architecture.description import Shape, is_count, require
from clinometer.architecture.layers.layer import Layer
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Flatten(Layer, kind="flatten"):
    """All axes in one."""

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


@dataclass(frozen=True)
class Reshape(Layer, kind="reshape"):
    """The same numbers in the same order, in another `shape`, which leaves the batch axis out."""

    shape: Shape

    def __post_init__(self) -> None:
        fits = bool(self.shape) and all(is_count(n) and n >= 1 for n in self.shape)
        require(fits, self, "shape", "one integer from 1 up, or several")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Every other shape of up to three axes."""
        size = prod(shape)
        divisors = [n for n in range(1, size + 1) if size % n == 0]
        pairs = [(n, size // n) for n in divisors]
        triples = [(n, m, rest // m) for n, rest in pairs for m in divisors if rest % m == 0]
        others = (other for other in ((size,), *pairs, *triples) if other != shape)
        return {"shape": tuple(others)}

    def output_shape(self, shape: Shape) -> Shape:
        if prod(shape) != prod(self.shape):
            raise InvalidInput(
                f"'reshape' to {list(self.shape)} takes no samples of shape {list(shape)}"
            )
        return self.shape
