"""The losses and penalties of an architecture: plain descriptions, no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from clinometer.architecture.description import Constant, Description, Shape, require

#: What a loss compares the outputs with: numbers of their shape, such from 0 to 1, signs ±1,
#: rows of numbers that sum to one, one class label a row, or nothing.
Target: TypeAlias = Literal["real", "probability", "sign", "distribution", "label", "none"]

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
    """The sum of (y - t)² over each sample by itself: one loss a sample."""

    def loss_shape(self, shape: Shape) -> Shape:
        return shape[:1]


@dataclass(frozen=True)
class Huber(Loss, kind="huber"):
    """The mean over all elements of ½ (y - t)², which grows linearly from `delta` apart on."""

    delta: float = 1.0
    averages: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(0 < self.delta < 1e6, self, "delta", "a finite number above 0")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """All on the grid, where an error may be as large as that."""
        return {"delta": (1.0, 0.5, 2.0)}


@dataclass(frozen=True)
class Hinge(Loss, kind="hinge"):
    """The mean over all elements of max(0, 1 - t y), for targets ±1."""

    target: ClassVar[Target] = "sign"
    averages: ClassVar[bool] = True


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss, kind="binary_cross_entropy"):
    """The mean over all elements of -(w t log σ(z) + (1 - t) log(1 - σ(z)))."""

    positive_weight: float = 1.0
    target: ClassVar[Target] = "probability"
    averages: ClassVar[bool] = True

    def __post_init__(self) -> None:
        fits = 0 < self.positive_weight < 1e6
        require(fits, self, "positive_weight", "a finite number above 0")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Neutral, more and less."""
        return {"positive_weight": (1.0, 3.0, 0.25)}


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss, kind="softmax_cross_entropy"):
    """The mean over the rows of -log softmax(z)[label], along the last axis.

    Attributes:
        weighted: with a weight for each class.
        smoothing: the part of each label that is spread over all classes.
        ignored: some rows have the label -1, which counts for nothing.
    """

    weighted: bool = False
    smoothing: float = 0.0
    ignored: bool = False
    target: ClassVar[Target] = "label"
    averages: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(0 <= self.smoothing <= 1, self, "smoothing", "a number from 0 to 1")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Each alone and all together."""
        return {"weighted": (False, True), "smoothing": (0.0, 0.25), "ignored": (False, True)}

    @property
    def forward_settings(self) -> dict[str, Any]:
        """The weights are a constant, and the labels themselves say which are ignored."""
        return {"smoothing": self.smoothing}

    def constants(self, shape: Shape) -> dict[str, Constant]:
        return {"class_weight": Constant(shape[-1:], "positive")} if self.weighted else {}


@dataclass(frozen=True)
class KLDivergence(Loss, kind="kl_divergence"):
    """Σ t (log t - y) of each sample, for outputs y that are log-probabilities; their mean."""

    target: ClassVar[Target] = "distribution"
    averages: ClassVar[bool] = True


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
class _Norm(Penalty):
    """A penalty of some strength."""

    strength: float

    def __post_init__(self) -> None:
        require(0 <= self.strength < 1e6, self, "strength", "a finite number from 0 up")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Strengths that matter beside the loss, exact in binary."""
        return {"strength": (0.5, 0.125, 2.0)}


@dataclass(frozen=True)
class L2Penalty(_Norm, kind="l2_penalty"):
    """strength · Σ w²."""


@dataclass(frozen=True)
class L1Penalty(_Norm, kind="l1_penalty"):
    """The strength times the sum of all absolute weights."""
