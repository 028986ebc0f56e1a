"""What layers have in common whose windows slide along all axes of a sample but the first.

The first axis is that of the channels. A setting is an integer where windows slide along one
axis, and a tuple with one for each of two; padding is (before, after), or (top, bottom, left,
right).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from clinometer.architecture.description import Shape, is_count, require
from clinometer.architecture.layers.layer import Layer
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Axis:
    """An axis and the windows that slide along it."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def windows(self) -> int:
        """How many windows fit."""
        extent = (self.kernel - 1) * self.dilation + 1
        return max(0, (self.before + self.size + self.after - extent) // self.stride + 1)

    def sees(self, window: int) -> bool:
        """Whether that window sees anything but padding."""
        start = window * self.stride - self.before
        return any(0 <= start + k * self.dilation < self.size for k in range(self.kernel))


@dataclass(frozen=True)
class Sliding(Layer):
    """A layer with windows; `axes` is along how many they slide."""

    axes: ClassVar[int]

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        return len(shape) == 1 + cls.axes

    def by_axis(self, name: str) -> tuple[int, ...]:
        """A setting as a tuple; ones if there is no such setting."""
        setting = getattr(self, name, (1,) * self.axes)
        return setting if isinstance(setting, tuple) else (setting,)

    def axes_of(self, shape: Shape) -> list[Axis]:
        """The axes of a sample. Raises InvalidInput where windows do not fit on one of them."""
        padding = self.by_axis("padding")
        settings = self.by_axis("kernel"), self.by_axis("stride"), padding[::2], padding[1::2]
        columns = zip(shape[1:], *settings, self.by_axis("dilation"), strict=True)
        axes = [Axis(*column) for column in columns]
        if not all(axis.windows for axis in axes):
            raise InvalidInput(
                f"the windows of {self.kind!r} do not fit in samples of shape {list(shape)}"
            )
        return axes

    def require_integers(self, name: str, least: int, each: int = 1) -> None:
        """Raise InvalidInput unless the setting is `each` integers an axis, from `least` up."""
        setting, count = getattr(self, name), self.axes * each
        numbers = setting if isinstance(setting, tuple) else (setting,)
        fits = isinstance(setting, tuple) == (count > 1) and len(numbers) == count
        valid = fits and all(is_count(number) and number >= least for number in numbers)
        what = "an integer" if count == 1 else f"{count} integers"
        require(valid, self, name, f"{what} from {least} up")
