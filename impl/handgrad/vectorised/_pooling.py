"""Pooling along one axis after the other, which is the same as along all of them at once.

The mean over a window is the mean of its rows' means, and the maximum that of its rows' maxima.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._wide import wide
from handgrad.vectorised._windows import Axis, taps

#: Where some windows stand in an array, and where the elements that they see at one offset do.
Tap: TypeAlias = tuple[Any, Any]


def max_forward(
    x: Shaped[Array, "n c *sizes"], axes: Sequence[Axis]
) -> tuple[Shaped[Array, "n c *counts"], Cache]:
    """Only the maxima; which element each of them was is decided in the backward pass."""
    y = x
    for number, axis in reversed(_numbered(axes)):
        rows, y = y, _zeros(y, number, axis.count)
        for (windows, elements), (again, others) in _contests(number, axis):
            y[windows] = rows[elements]
            y[again] = np.maximum(rows[others], y[again])
    return y, (x, axes)


def max_backward(
    dy: Shaped[Array, "n c *counts"], cache: Cache
) -> tuple[Shaped[Array, "n c *sizes"]]:
    """The chosen elements receive the cotangents, added up where several windows chose one."""
    (x, axes), dy = cache, wide(dy)
    dx, chosen = np.zeros_like(x, dtype=dy.dtype), _chosen(x, axes)
    for offset, (windows, elements) in enumerate(taps(axes)):
        dx[..., *elements] += dy[..., *windows] * (chosen[..., *windows] == offset)
    return (dx,)


def _chosen(x: Shaped[Array, "n c *sizes"], axes: Sequence[Axis]) -> Shaped[Array, "n c *counts"]:
    """The offset of the first of each window's maxima, row by row: so the rows come first."""
    place, offsets = np.zeros_like(np.asarray(x), dtype=np.int32), 1
    for number, axis in reversed(_numbered(axes)):
        best, chosen = _zeros(x, number, axis.count), _zeros(place, number, axis.count)
        for k, ((windows, elements), (again, others)) in enumerate(_contests(number, axis)):
            here = k * offsets
            best[windows], chosen[windows] = x[elements], place[elements] + here
            better = x[others] > best[again]
            best[again] = np.maximum(x[others], best[again])
            chosen[again] += better * (place[others] + here - chosen[again])
        x, place, offsets = best, chosen, offsets * axis.kernel
    return place


def average_forward(
    x: Shaped[Array, "n c *sizes"], axes: Sequence[Axis], *, count_padding: bool
) -> tuple[Shaped[Array, "n c *counts"], Cache]:
    """Padding counts as elements that are zero, or does not count."""
    x, divided = wide(x), []
    for number, axis in _numbered(axes):
        total = _zeros(x, number, axis.count)
        for windows, elements in _taps(number, axis):
            total[windows] += x[elements]
        counts = np.expand_dims(axis.counts(), tuple(range(1, x.ndim - number)))
        divisor = axis.kernel if count_padding else counts
        divided.append((number, axis, divisor))
        x = total / divisor
    return x, divided


def average_backward(
    dy: Shaped[Array, "n c *counts"], cache: Cache
) -> tuple[Shaped[Array, "n c *sizes"]]:
    """Every element that a window sees receives an equal share of its cotangent."""
    dy = wide(dy)
    for number, axis, divisor in reversed(cache):
        share, dx = dy / divisor, _zeros(dy, number, axis.size)
        for windows, elements in _taps(number, axis):
            dx[elements] += share[windows]
        dy = dx
    return (dy,)


def _taps(number: int, axis: Axis) -> Iterator[Tap]:
    """For each offset the windows that find an element there."""
    return (_along(number, axis.tap(k)) for k in range(axis.kernel))


def _contests(number: int, axis: Axis) -> Iterator[tuple[Tap, Tap]]:
    """For each offset the windows that see their first element, and those that see another."""
    since = axis.count
    for k in range(axis.kernel):
        first, again = axis.tap(k, until=since), axis.tap(k, since=since)
        since = min(since, first[0].start)
        yield _along(number, first), _along(number, again)


def _along(number: int, slices: tuple[slice, slice]) -> Tap:
    windows, elements = ((slice(None),) * number + (part,) for part in slices)
    return windows, elements


def _numbered(axes: Sequence[Axis]) -> list[tuple[int, Axis]]:
    """The axes of an array, of which two come before those over which windows slide."""
    return list(enumerate(axes, 2))


def _zeros(x: Array, number: int, size: int) -> Array:
    """Zeros of the shape of x but for one axis."""
    return np.zeros_like(x, shape=(*x.shape[:number], size, *x.shape[number + 1 :]))
