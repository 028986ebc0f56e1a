"""The losses and penalties of an architecture: plain descriptions, no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from clinometer.architecture.description import Description, Shape, require

#: What a loss compares the outputs with: numbers of their shape, numbers from 0 to 1 of
#: their shape, one class label a sample, or nothing.
Target: TypeAlias = Literal["real", "probability", "label", "none"]

LOSSES: dict[str, type[Loss]] = {}
PENALTIES: dict[str, type[Penalty]] = {}


@dataclass(frozen=True)
class Loss(Description):
    """One loss. Its target is `real` unless the subclass says otherwise."""

    registry: ClassVar[dict[str, type[Any]]] = LOSSES
    target: ClassVar[Target] = "real"
    #: True where it is the mean over the samples, not their sum.
    averages: ClassVar[bool] = False

    def loss_shape(self, shape: Shape) -> Shape:
        """The shape of the loss for outputs of that shape, here with the batch axis."""
        return ()


@dataclass(frozen=True)
class MeanSquaredError(Loss, kind="mean_squared_error"):
    """The mean over all elements of (y - t)²."""

    averages: ClassVar[bool] = True


@dataclass(frozen=True)
class SumSquaredError(Loss, kind="sum_squared_error"):
    """The sum over all elements of (y - t)²."""


@dataclass(frozen=True)
class RowSquaredError(Loss, kind="row_squared_error"):
    """The sum of (y - t)² over each row by itself: one loss a sample."""

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        return len(shape) == 1

    def loss_shape(self, shape: Shape) -> Shape:
        return shape[:1]


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss, kind="binary_cross_entropy"):
    """The mean over all elements of -(t log σ(z) + (1 - t) log(1 - σ(z)))."""

    target: ClassVar[Target] = "probability"
    averages: ClassVar[bool] = True


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss, kind="softmax_cross_entropy"):
    """The mean over the rows of -log softmax(z)[label]."""

    target: ClassVar[Target] = "label"
    averages: ClassVar[bool] = True

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        return len(shape) == 1


@dataclass(frozen=True)
class Outputs(Loss, kind="outputs"):
    """The outputs themselves, so that the cotangent has their shape."""

    target: ClassVar[Target] = "none"

    def loss_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class Penalty(Description):
    """A penalty on every parameter called `weight`, added to the loss."""

    registry: ClassVar[dict[str, type[Any]]] = PENALTIES


@dataclass(frozen=True)
class L2Penalty(Penalty, kind="l2_penalty"):
    """strength · Σ w²."""

    strength: float

    def __post_init__(self) -> None:
        require(0 <= self.strength < 1e6, self, "strength", "a finite number from 0 up")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Strengths that matter beside the loss, exact in binary."""
        return {"strength": (0.5, 0.125, 2.0)}
