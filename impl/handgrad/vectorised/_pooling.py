"""Pooling along one axis after the other, which is the same as along all of them at once.

The mean over a window is the mean of its rows' means, and the maximum that of its rows' maxima.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._wide import wide
from handgrad.vectorised._windows import Axis

#: Where some windows stand in an array, and where the elements that they see at one offset do.
Tap: TypeAlias = tuple[Any, Any]


def max_forward(
    x: Shaped[Array, "n c *sizes"], axes: Sequence[Axis]
) -> tuple[Shaped[Array, "n c *counts"], Cache]:
    """Only the maxima; which element each of them was is decided in the backward pass."""
    stages = []
    for number, axis in reversed(_numbered(axes)):
        stages.append((x, number, axis))
        y = _empty(x, number, axis.count)
        for (windows, elements), (again, others) in _contests(number, axis):
            y[windows] = x[elements]
            np.maximum(x[others], y[again], out=y[again])
        x = y
    return x, (stages, x)


def max_backward(
    dy: Shaped[Array, "n c *counts"], cache: Cache
) -> tuple[Shaped[Array, "n c *sizes"]]:
    """The chosen elements receive the cotangents, added up where several windows chose one."""
    stages, y = cache
    dx = np.empty_like(y, dtype=wide(dy).dtype)
    dx[...] = dy  # in the order in which y lies in memory
    for x, number, axis in reversed(stages):
        dy, dx, chosen = dx, np.zeros_like(x, dtype=dx.dtype), _chosen(x, number, axis)
        for k, (windows, elements) in enumerate(_taps(number, axis)):
            share = dy[windows] * (chosen[windows] == k)
            if axis.overlaps:
                share += dx[elements]
            dx[elements] = share
    return (dx,)


def _chosen(x: Shaped[Array, "n c *_"], number: int, axis: Axis) -> Shaped[Array, "n c *_"]:
    """The offset of the first of each window's maxima: the last at which there was a larger one."""
    best = _empty(x, number, axis.count)
    chosen = np.zeros_like(np.asarray(best), dtype=np.min_scalar_type(axis.kernel))
    for k, ((windows, elements), (again, others)) in enumerate(_contests(number, axis)):
        best[windows], chosen[windows] = x[elements], k
        better = x[others] > best[again]
        np.maximum(chosen[again], better * chosen.dtype.type(k), out=chosen[again])
        np.maximum(x[others], best[again], out=best[again])
    return chosen


def average_forward(
    x: Shaped[Array, "n c *sizes"], axes: Sequence[Axis], *, count_padding: bool
) -> tuple[Shaped[Array, "n c *counts"], Cache]:
    """Padding counts as elements that are zero, or does not count."""
    x, divided = wide(x), []
    for number, axis in _numbered(axes):
        total = _empty(x, number, axis.count)
        total[...] = 0
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
        share, dx = dy / divisor, _empty(dy, number, axis.size)
        dx[...] = 0
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


def _empty(x: Array, number: int, size: int) -> Array:
    """An array of the shape of x but for one axis."""
    return np.empty_like(x, shape=(*x.shape[:number], size, *x.shape[number + 1 :]))
