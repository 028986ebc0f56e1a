"""Windows that slide over the spatial axes of arrays: of shape (n, c, *sizes), or (h, c, *w, n).

What the windows see is gathered into columns, and columns are scattered back as sums: each is
the transpose of the other. In the second form, of h rows, the columns of a window are those of
its rows one below the other, so that a row of columns serves all windows that see it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from handgrad.arrays import Array, Shaped

#: So many numbers of columns are made at a time, so that they are still there when they are read.
BLOCK = 2**20


@dataclass(frozen=True)
class Axis:
    """Windows along one axis: offset k of window t is element t·stride + k·dilation - before.

    Attributes:
        size: the number of elements; what lies outside of them is padding.
        count: the number of windows.
    """

    size: int
    count: int
    kernel: int
    stride: int
    before: int
    dilation: int

    def tap(self, k: int, *, since: int = 0, until: int | None = None) -> tuple[slice, slice]:
        """The windows, of all or of some, that find an element at offset k, and those elements."""
        shift = k * self.dilation - self.before
        until = self.count if until is None else until
        first = max(since, -(shift // self.stride))
        end = max(first, min(until, (self.size - 1 - shift) // self.stride + 1))
        elements = slice(first * self.stride + shift, end * self.stride + shift, self.stride)
        return slice(first, end), elements

    @property
    def overlaps(self) -> bool:
        """Whether some element may be seen by several windows."""
        return (self.kernel - 1) * self.dilation >= self.stride

    def part(self, windows: slice) -> Axis:
        """The same elements, and some of the windows alone."""
        before = self.before - windows.start * self.stride
        return replace(self, count=windows.stop - windows.start, before=before)

    def turned(self) -> Axis:
        """The way back: neighbouring windows over what windows put out, to what they see."""
        before = (self.kernel - 1) * self.dilation - self.before
        return replace(self, size=self.count, count=self.size, before=before)

    def counts(self) -> Array:
        """How many elements each window sees; in narrow integers, so that quotients stay narrow."""
        counts = np.zeros(self.count, dtype=np.min_scalar_type(self.kernel))
        for k in range(self.kernel):
            counts[self.tap(k)[0]] += 1
        return counts


def sliding(
    sizes: Sequence[int],
    kernels: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
    dilations: Sequence[int],
) -> tuple[Axis, ...]:
    """As many windows as fit. `padding` has two numbers for each axis: before and after it."""
    pairs = zip(padding[::2], padding[1::2], strict=True)
    axes = zip(sizes, kernels, strides, pairs, dilations, strict=True)
    return tuple(_filled(*axis) for axis in axes)


def _filled(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int) -> Axis:
    before, after = padding
    extent = (kernel - 1) * dilation + 1
    count = (size + before + after - extent) // stride + 1
    if count < 1:
        raise ValueError(
            f"a window over {extent} elements does not fit on an axis of {size} with padding "
            f"{before} and {after}"
        )
    return Axis(size, count, kernel, stride, before, dilation)


def looking(
    sizes: Sequence[int],
    kernels: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
    dilations: Sequence[int],
) -> tuple[Axis, ...]:
    """The same, where each window must see an element."""
    axes = sliding(sizes, kernels, strides, padding, dilations)
    if not all(axis.counts().all() for axis in axes):
        raise ValueError("there is a window that sees nothing but padding")
    return axes


def spreading(
    counts: Sequence[int],
    kernels: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
    output_padding: Sequence[int],
    dilations: Sequence[int],
) -> tuple[Axis, ...]:
    """Axes just long enough for so many windows, less the padding at both ends.

    `output_padding`: how many elements each axis has more.
    """
    axes = zip(counts, kernels, strides, padding, output_padding, dilations, strict=True)
    return tuple(_fitted(*axis) for axis in axes)


def _fitted(count: int, kernel: int, stride: int, before: int, extra: int, dilation: int) -> Axis:
    size = (count - 1) * stride + (kernel - 1) * dilation + 1 - 2 * before + extra
    if size < 1:
        raise ValueError(f"padding {before} leaves nothing of the output")
    return Axis(size, count, kernel, stride, before, dilation)


def blocks(
    axes: Sequence[Axis], x: Shaped[Array, "h c *w n"]
) -> Iterator[tuple[slice, tuple[Axis, ...]]]:
    """The windows in blocks along the first axis whose columns stay near the processor."""
    first, *others = axes
    columns = x.shape[-1] * math.prod(axis.count for axis in others)
    width = max(1, BLOCK // (x.shape[1] * math.prod(_kernels(axes)) * columns))
    for start in range(0, first.count, width):
        windows = slice(start, min(start + width, first.count))
        yield windows, (first.part(windows), *others)


def gather(x: Shaped[Array, "h c *w n"], axes: Sequence[Axis]) -> Shaped[Array, "p k cw wn"]:
    """What each window sees in each of its k rows, in every channel, 0 where padding is.

    Those of a row along all axes but the first, times samples, are one matrix.
    """
    first, *others = axes
    extent = (first.kernel - 1) * first.dilation + 1
    rows = (first.count - 1) * first.stride + extent
    channels, samples = x.shape[1], x.shape[-1]
    columns = np.empty_like(x, shape=(rows, channels, *_kernels(others), *_counts(others), samples))
    there, seen = replace(first, count=rows, kernel=1, stride=1).tap(0)
    for offset, (windows, elements) in zip(_offsets(others), taps(others), strict=True):
        inside = there, slice(0, channels), *windows
        _fill(columns[:, :, *offset], inside, x[seen, :, *elements])
    columns = columns.reshape(rows, channels * math.prod(_kernels(others)), -1)
    stacks = np.lib.stride_tricks.sliding_window_view(columns, extent, axis=0, subok=True)
    return stacks[:: first.stride, ..., :: first.dilation].transpose(0, 3, 1, 2)


def _fill(array: Array, inside: tuple[slice, ...], numbers: Array) -> None:
    """The numbers inside, and 0 around them."""
    array[inside] = numbers
    for axis, part in enumerate(inside):
        along = array.swapaxes(0, axis)
        along[: part.start] = along[part.stop :] = 0


def scatter(columns: Array, axes: Sequence[Axis], x: Shaped[Array, "h c *w n"]) -> None:
    """Add to each element of every channel all that windows have in its place."""
    first, *others = axes
    columns = columns.reshape(
        first.count, first.kernel, x.shape[1], *_kernels(others), *_counts(others), x.shape[-1]
    )
    for offset, (windows, elements) in zip(_offsets(axes), taps(axes), strict=True):
        part = columns[windows[0], offset[0], :, *offset[1:], *windows[1:]]
        x[elements[0], :, *elements[1:]] += part


def taps(axes: Sequence[Axis]) -> Iterator[tuple[Any, Any]]:
    """For each offset of the kernel the windows that find an element there, and those elements."""
    for offset in _offsets(axes):
        found = (axis.tap(k) for axis, k in zip(axes, offset, strict=True))
        windows, elements = zip(*found, strict=True)
        yield windows, elements


def _offsets(axes: Sequence[Axis]) -> Iterator[Any]:
    return np.ndindex(*_kernels(axes))


def _kernels(axes: Sequence[Axis]) -> tuple[int, ...]:
    return tuple(axis.kernel for axis in axes)


def _counts(axes: Sequence[Axis]) -> tuple[int, ...]:
    return tuple(axis.count for axis in axes)
