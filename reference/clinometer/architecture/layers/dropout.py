"""Dropout with a mask that is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinometer.architecture.description import Constant, Shape, require
from clinometer.architecture.layers.layer import Layer


@dataclass(frozen=True)
class Dropout(Layer, kind="dropout"):
    """y = x m / (1 - p): the mask m is 0 with the `probability` p, and 1 else."""

    probability: float = 0.5

    def __post_init__(self) -> None:
        fits = 0 <= self.probability < 1
        require(fits, self, "probability", "a number from 0 up and below 1")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """On both sides of the half, where dropping and keeping look alike; some not binary."""
        return {"probability": (0.25, 0.75, 0.1, 0.5)}

    def constants(self, shape: Shape) -> Mapping[str, Constant]:
        return {"mask": Constant(shape, "mask", per_sample=True, zeros=self.probability)}
