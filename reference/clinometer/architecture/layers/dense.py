"""The dense layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clinometer.architecture.description import Shape, is_count, require
from clinometer.architecture.layers.layer import Layer


@dataclass(frozen=True)
class Dense(Layer, kind="dense"):
    """y = x W + b with `units` outputs."""

    units: int

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
