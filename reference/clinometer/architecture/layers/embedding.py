"""From tokens to features, and where in a sequence they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clinometer.architecture.description import Shape, is_count, require
from clinometer.architecture.layers.layer import Layer


@dataclass(frozen=True)
class Embedding(Layer, kind="embedding"):
    """Each of `vocabulary` tokens becomes its own row of `features` numbers."""

    vocabulary: int
    features: int

    def __post_init__(self) -> None:
        for name in ("vocabulary", "features"):
            number = getattr(self, name)
            require(is_count(number) and number >= 1, self, name, "an integer from 1 up")

    @property
    def forward_settings(self) -> dict[str, Any]:
        """None: both numbers show in the weight."""
        return {}

    @property
    def tokens(self) -> int:
        return self.vocabulary

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Vocabularies so small that tokens repeat, and so large that some are missing."""
        return {"vocabulary": (2, 3, 5, 9), "features": (2, 1, 3, 4)}

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        """Of one axis or two, to which the features are added."""
        return len(shape) <= 2

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.features)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (self.vocabulary, self.features)}


@dataclass(frozen=True)
class PositionalEncoding(Layer, kind="positional_encoding"):
    """Sines and cosines of the place are added, of wavelengths from 2π to 10000·2π."""

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        """Sequences: steps and their features."""
        return len(shape) == 2
