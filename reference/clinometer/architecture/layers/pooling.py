"""Pooling in windows along one axis and over images, and over all of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clinometer.architecture.description import Shape, require
from clinometer.architecture.layers.layer import Layer
from clinometer.architecture.layers.sliding import Sliding
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Pooling(Sliding):
    """One number for each window of each channel."""

    kernel: Any
    stride: Any = 1
    padding: Any = (0, 0)

    def __post_init__(self) -> None:
        for name in ("kernel", "stride"):
            self.require_integers(name, 1)
        self.require_integers("padding", 0, each=2)

    def output_shape(self, shape: Shape) -> Shape:
        axes = self.axes_of(shape)
        if not all(axis.sees(window) for axis in axes for window in range(axis.windows)):
            raise InvalidInput(
                f"{self.kind!r} has a window that sees nothing but padding in samples of shape "
                f"{list(shape)}"
            )
        return (shape[0], *(axis.windows for axis in axes))


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """The maximum; padding is never chosen, and among equal numbers the first is."""

    dilation: Any = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_integers("dilation", 1)


@dataclass(frozen=True)
class MaxPool1d(MaxPooling, kind="max_pool1d"):
    """The maximum of each window that slides along an axis."""

    axes: ClassVar[int] = 1
    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Windows that overlap and that leave gaps, and unequal padding."""
        return {
            "kernel": (2, 3, 1),
            "stride": (1, 2, 3),
            "padding": ((0, 0), (1, 0), (0, 2), (2, 1)),
            "dilation": (1, 2),
        }


@dataclass(frozen=True)
class MaxPool2d(MaxPooling, kind="max_pool2d"):
    """The maximum of each window that slides over an image."""

    axes: ClassVar[int] = 2
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """The same with settings that are not those of the other axis."""
        return {
            "kernel": ((2, 2), (1, 2), (3, 2), (2, 3)),
            "stride": ((1, 1), (2, 1), (1, 2), (2, 3)),
            "padding": ((0, 0, 0, 0), (1, 0, 0, 2), (0, 1, 1, 1)),
            "dilation": ((1, 1), (2, 1), (1, 2)),
        }


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """The mean; with `count_padding`, padding counts as elements that are zero."""

    count_padding: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = isinstance(self.count_padding, bool)
        require(fits, self, "count_padding", "true or false")


@dataclass(frozen=True)
class AveragePool1d(AveragePooling, kind="average_pool1d"):
    """The mean of each window that slides along an axis."""

    axes: ClassVar[int] = 1
    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Windows that overlap and that leave gaps, and unequal padding that counts or not."""
        return {
            "kernel": (2, 3, 1),
            "stride": (1, 2, 3),
            "padding": ((0, 0), (1, 0), (0, 2), (2, 1)),
            "count_padding": (True, False),
        }


@dataclass(frozen=True)
class AveragePool2d(AveragePooling, kind="average_pool2d"):
    """The mean of each window that slides over an image."""

    axes: ClassVar[int] = 2
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """The same with settings that are not those of the other axis."""
        return {
            "kernel": ((2, 2), (1, 2), (3, 2), (2, 3)),
            "stride": ((1, 1), (2, 1), (1, 2), (2, 3)),
            "padding": ((0, 0, 0, 0), (1, 0, 0, 2), (0, 1, 1, 1)),
            "count_padding": (True, False),
        }


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """One number for each channel."""

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        return len(shape) >= 2

    def output_shape(self, shape: Shape) -> Shape:
        return shape[:1]


@dataclass(frozen=True)
class GlobalAveragePool(GlobalPooling, kind="global_average_pool"):
    """The mean of each channel."""


@dataclass(frozen=True)
class GlobalMaxPool(GlobalPooling, kind="global_max_pool"):
    """The maximum of each channel, the first among equal numbers."""
