"""Convolutions and their transposes, along one axis and over images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clinometer.architecture.description import Shape, is_count, require
from clinometer.architecture.layers.sliding import Sliding
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Convolving(Sliding):
    """A kernel for each of so many `channels` that come out.

    The channels that go in and those that come out are parted into `groups`, and a channel that
    comes out sees those of its own group.
    """

    channels: int
    kernel: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: int = 1

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "dilation"):
            self.require_integers(name, 1)
        for name in ("channels", "groups"):
            number = getattr(self, name)
            require(is_count(number) and number >= 1, self, name, "an integer from 1 up")
        divides = self.channels % self.groups == 0
        require(divides, self, "groups", f"a divisor of the {self.channels} channels")

    @property
    def forward_settings(self) -> dict[str, Any]:
        """All but what shows in the parameters."""
        return {n: s for n, s in self.settings.items() if n not in {"channels", "kernel"}}

    def inputs_per_group(self, shape: Shape) -> int:
        """Raises InvalidInput where the channels cannot be parted into so many groups."""
        if shape[0] % self.groups:
            raise InvalidInput(
                f"{self.kind!r} cannot part the channels of samples of shape {list(shape)} "
                f"into {self.groups} groups"
            )
        return shape[0] // self.groups


@dataclass(frozen=True)
class Convolution(Convolving):
    """The weight has the shape (channels, channels that go in / groups, *kernel)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_integers("padding", 0, each=2)

    def output_shape(self, shape: Shape) -> Shape:
        self.inputs_per_group(shape)
        return (self.channels, *(axis.windows for axis in self.axes_of(shape)))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        inputs = self.inputs_per_group(shape)
        weight = (self.channels, inputs, *self.by_axis("kernel"))
        return {"weight": weight, "bias": (self.channels,)}


@dataclass(frozen=True)
class Convolution1d(Convolution, kind="convolution1d"):
    """Each kernel slides along one axis: y = b + Σ w x over the windows."""

    axes: ClassVar[int] = 1
    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Windows that overlap and that leave gaps, unequal padding, groups down to one channel."""
        return {
            "channels": (2, 1, 3, 4),
            "kernel": (2, 3, 1),
            "stride": (1, 2, 3),
            "padding": ((0, 0), (1, 0), (0, 2), (2, 1)),
            "dilation": (1, 2),
            "groups": groups(shape),
        }


@dataclass(frozen=True)
class Convolution2d(Convolution, kind="convolution2d"):
    """Each kernel slides over an image: y = b + Σ w x over the windows."""

    axes: ClassVar[int] = 2
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """The same with settings that are not those of the other axis."""
        return {
            "channels": (2, 1, 4),
            "kernel": ((2, 2), (1, 2), (3, 2), (2, 3)),
            "stride": ((1, 1), (2, 1), (1, 2)),
            "padding": ((0, 0, 0, 0), (1, 0, 0, 2), (0, 1, 1, 1)),
            "dilation": ((1, 1), (2, 1), (1, 2)),
            "groups": groups(shape),
        }


@dataclass(frozen=True)
class Transposed(Convolving):
    """The weight has the shape (channels that go in, channels / groups, *kernel).

    `padding` is cut off both ends of each axis, and `output_padding` is how much more of its end
    there is then.
    """

    output_padding: Any = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("padding", "output_padding"):
            self.require_integers(name, 0)
        extras = zip(*map(self.by_axis, ("output_padding", "stride", "dilation")), strict=True)
        fits = all(extra < max(others) for extra, *others in extras)
        require(fits, self, "output_padding", "less than stride or dilation")

    def output_shape(self, shape: Shape) -> Shape:
        self.inputs_per_group(shape)
        names = ("stride", "kernel", "dilation", "padding", "output_padding")
        axes = zip(shape[1:], *map(self.by_axis, names), strict=True)
        sizes = tuple((n - 1) * s + (k - 1) * d + 1 - 2 * p + more for n, s, k, d, p, more in axes)
        if min(sizes) < 1:
            raise InvalidInput(
                f"the padding of {self.kind!r} leaves nothing of samples of shape {list(shape)}"
            )
        return (self.channels, *sizes)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        weight = (shape[0], self.channels // self.groups, *self.by_axis("kernel"))
        return {"weight": weight, "bias": (self.channels,)}


@dataclass(frozen=True)
class TransposedConvolution1d(Transposed, kind="transposed_convolution1d"):
    """Each number that goes in spreads a kernel along one axis, and what overlaps adds up."""

    axes: ClassVar[int] = 1
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    output_padding: int = 0

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Kernels that overlap and that leave gaps, and all that may be cut off or added."""
        return {
            "channels": (2, 1, 3, 4),
            "kernel": (2, 3, 1),
            "stride": (1, 2, 3),
            "padding": (0, 1),
            "dilation": (1, 2),
            "groups": groups(shape),
            "output_padding": (0, 1),
        }


@dataclass(frozen=True)
class TransposedConvolution2d(Transposed, kind="transposed_convolution2d"):
    """Each number that goes in spreads a kernel over an image, and what overlaps adds up."""

    axes: ClassVar[int] = 2
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    output_padding: tuple[int, int] = (0, 0)

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """The same with settings that are not those of the other axis."""
        return {
            "channels": (2, 1, 4),
            "kernel": ((2, 2), (1, 2), (3, 2)),
            "stride": ((1, 1), (2, 1), (1, 2)),
            "padding": ((0, 0), (1, 0)),
            "dilation": ((1, 1), (1, 2)),
            "groups": groups(shape),
            "output_padding": ((0, 0), (1, 0), (0, 1)),
        }


def groups(shape: Shape) -> tuple[int, ...]:
    """One, two or three groups, and a group for each channel, as far as they fit."""
    return tuple(n for n in sorted({1, 2, 3, shape[0]}) if shape[0] % n == 0)
