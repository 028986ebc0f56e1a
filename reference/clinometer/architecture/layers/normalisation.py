"""Normalisations: over the batch, over axes of a sample, over groups of channels.

Channels are the first axis of a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

from clinometer.architecture.description import Constant, Shape, is_count, require
from clinometer.architecture.layers.layer import Layer
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Normalisation(Layer):
    """What they share: ε, which keeps a variance of zero from being divided by."""

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        require(0 < self.epsilon < inf, self, "epsilon", "a positive number")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Small and large, all exact in binary."""
        return {"epsilon": (2.0**-10, 2.0**-17, 0.5)}


def _by_channel(shape: Shape) -> dict[str, Shape]:
    return {"weight": shape[:1], "bias": shape[:1]}


@dataclass(frozen=True)
class BatchNorm(Normalisation, kind="batch_norm"):
    """Each channel by mean and variance of the batch, then y = w x̂ + b: as in training."""

    mixes_samples: ClassVar[bool] = True

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return _by_channel(shape)


@dataclass(frozen=True)
class BatchNormEval(Normalisation, kind="batch_norm_eval"):
    """Each channel by mean and variance that are given, then y = w x̂ + b: as after training."""

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return _by_channel(shape)

    def constants(self, shape: Shape) -> Mapping[str, Constant]:
        return {"mean": Constant(shape[:1]), "variance": Constant(shape[:1], "positive")}


@dataclass(frozen=True)
class LayerNorm(Normalisation, kind="layer_norm"):
    """Each row by its own mean and variance, then y = w x̂ + b; rows run over the last `axes`."""

    axes: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(is_count(self.axes) and self.axes >= 1, self, "axes", "an integer from 1 up")

    @property
    def forward_settings(self) -> dict[str, Any]:
        """The number of axes shows in the parameters."""
        return {"epsilon": self.epsilon}

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        return {"axes": tuple(range(1, len(shape) + 1)), **super().choices(shape)}

    def output_shape(self, shape: Shape) -> Shape:
        if self.axes > len(shape):
            raise InvalidInput(
                f"'layer_norm' over {self.axes} axes takes no samples of shape {list(shape)}"
            )
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[-self.axes :], "bias": shape[-self.axes :]}


@dataclass(frozen=True)
class RMSNorm(Normalisation, kind="rms_norm"):
    """Each row along the last axis by its root mean square, then y = w x̂."""

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[-1:]}


@dataclass(frozen=True)
class GroupNorm(Normalisation, kind="group_norm"):
    """Each of `groups` groups of neighbouring channels by its mean and variance; y = w x̂ + b."""

    groups: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(is_count(self.groups) and self.groups >= 1, self, "groups", "an integer from 1 up")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """All numbers of groups that there can be."""
        channels = shape[0]
        groups = tuple(number for number in range(1, channels + 1) if channels % number == 0)
        return {"groups": groups, **super().choices(shape)}

    def output_shape(self, shape: Shape) -> Shape:
        if shape[0] % self.groups:
            raise InvalidInput(
                f"'group_norm' cannot part {shape[0]} channels into {self.groups} equal groups"
            )
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return _by_channel(shape)
