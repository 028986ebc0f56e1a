"""The same cotangent in other layouts, as views and transposed results bring them.

What is between the numbers of a view is NaN, so that whoever reads it is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from clinometer.implementation import Implementation

Shape: TypeAlias = tuple[int, ...]
#: The strides, counted in elements, and the place of the first element in the buffer.
Strides: TypeAlias = tuple[Shape, int]


@dataclass(frozen=True, eq=False)
class Laid:
    """An array of a library, the buffer that it is a view of, and what stands in that."""

    array: Any
    buffer: Any
    memory: Any


def lay(implementation: Implementation, values: Any, strides: Strides | None = None) -> Laid:
    """The values as an array of the library, contiguous unless strides are given."""
    if strides is None:
        buffer = implementation.native(values)
        return Laid(buffer, buffer, values)
    steps, offset = strides
    size = offset + 1 + sum((n - 1) * step for n, step in zip(values.shape, steps, strict=True))
    memory = np.full(max(size, offset + values.size), np.nan, dtype=values.dtype)
    _view(memory, values.shape, steps, offset)[...] = values
    buffer = implementation.native(memory)
    if implementation.library == "torch":
        return Laid(buffer.as_strided(values.shape, steps, offset), buffer, memory)
    return Laid(_view(buffer, values.shape, steps, offset), buffer, memory)


def _view(buffer: Any, shape: Shape, steps: Shape, offset: int) -> Any:
    return as_strided(buffer[offset:], shape, [step * buffer.itemsize for step in steps])


def transposed(shape: Shape) -> Strides | None:
    """The first axis innermost, as a matrix that was transposed."""
    return _ordered(shape, range(len(shape))) if _axes(shape) > 1 else None


def channels_last(shape: Shape) -> Strides | None:
    """The second axis innermost, as where channels come last; of three axes or more.

    What the stride along an axis of one element is says nothing, and here it is 1.
    """
    if len(shape) < 3 or shape[1] == 1 or _axes(shape) < 2:
        return None
    steps, offset = _ordered(shape, [1, *reversed(range(2, len(shape))), 0])
    return tuple(1 if n == 1 else step for n, step in zip(shape, steps, strict=True)), offset


def strided(shape: Shape) -> Strides:
    """Every second element of a larger array, from its second one."""
    steps, _ = _ordered(shape, range(len(shape) - 1, -1, -1))
    return tuple(2 * step for step in steps), 1


def expanded(shape: Shape) -> Strides | None:
    """One element that stands for all, as the gradient of a sum brings it."""
    return ((0,) * len(shape), 0) if shape else None


#: Layouts that can hold any cotangent, by what is said of it.
LAYOUTS: dict[str, Callable[[Shape], Strides | None]] = {
    "transposed": transposed,
    "channels-last": channels_last,
    "every second of a larger array": strided,
}


def _axes(shape: Shape) -> int:
    """The number of axes that have a stride that matters."""
    return sum(n > 1 for n in shape)


def _ordered(shape: Shape, axes: Sequence[int] | Iterator[int]) -> Strides:
    """The axes from the innermost to the outermost, without gaps."""
    order = list(axes)
    steps = accumulate((shape[axis] for axis in order[:-1]), lambda a, b: a * b, initial=1)
    by_axis = dict(zip(order, steps, strict=False))
    return tuple(by_axis[axis] for axis in range(len(shape))), 0
