"""The right numbers in wrong places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake

#: Axes of arrays up to which all orders of them are tried.
FEW_AXES = 4
#: Sizes of axes up to which all shifts, and all orders of single slices, are tried.
SHORT = 64
#: In so many blocks an axis may be divided: halves, gates, heads.
BLOCKS = (2, 3, 4, 6, 8, 12, 16)
#: Blocks up to which all their orders are tried.
FEW_BLOCKS = 4


@mistake("transpose")
def transpose(wrong: Wrong) -> Iterator[Candidate]:
    """The axes in another order, or the array read in another order."""
    shape = wrong.right.shape
    if len(shape) > FEW_AXES or wrong.trial.size != wrong.right.size:
        return
    for axes in list(permutations(range(len(shape))))[1:]:
        how = "it is transposed"
        if len(shape) > 2:
            how = f"its axes are in the order {_listed(axes)}"
        if wrong.right.transpose(axes).shape == wrong.trial.shape:
            yield wrong.by(np.transpose, how, axes)
        elif wrong.same_shape:
            yield wrong.by(_transposed_and_read, f"{how} and read in its own shape", axes)
            yield wrong.by(_read_and_transposed, "it is read in a transposed shape", axes)
    for name, cotangent in wrong.context.cotangents.items() if wrong.same_shape else ():
        other = np.shape(cotangent)
        if other != shape and np.size(cotangent) == wrong.right.size and len(other) <= FEW_AXES:
            for axes in list(permutations(range(len(other))))[1:]:
                how = f"as of the shape of {name}, its axes are in the order {_listed(axes)}"
                yield wrong.by(_transposed_elsewhere, how, other, axes)


def _transposed_and_read(array: Any, axes: Sequence[int]) -> Any:
    return array.transpose(axes).reshape(array.shape)


def _read_and_transposed(array: Any, axes: Sequence[int]) -> Any:
    moved = [array.shape[axis] for axis in axes]
    return array.reshape(moved).transpose(np.argsort(axes))


def _transposed_elsewhere(array: Any, shape: tuple[int, ...], axes: Sequence[int]) -> Any:
    return array.reshape(shape).transpose(axes).reshape(array.shape)


@mistake("flipped axis")
def flipped_axis(wrong: Wrong) -> Iterator[Candidate]:
    long = [axis for axis, size in enumerate(wrong.right.shape) if size > 1]
    for count in range(1, len(long) + 1):
        for axes in combinations(long, count):
            yield wrong.by(np.flip, f"it is reversed along {_named(axes)}", axes)


@mistake("shifted axis")
def shifted_axis(wrong: Wrong) -> Iterator[Candidate]:
    """By any number of places along a short axis, with the ends joined or with zeros."""
    for axis, size in enumerate(wrong.right.shape):
        for places in range(1, size) if size <= SHORT else (1, 2, size - 2, size - 1):
            by = places if places <= size / 2 else places - size
            yield wrong.by(np.roll, f"it is shifted by {by} along axis {axis}", places, axis)
            for shift in (places, -places):
                how = f"it is shifted by {shift} along axis {axis}, and zero beyond"
                yield wrong.by(_pushed, how, shift, axis)


def _pushed(array: Any, places: int, axis: int) -> Any:
    rolled = np.moveaxis(np.roll(array, places, axis), axis, 0).copy()
    rolled[slice(places) if places > 0 else slice(places, None)] = 0
    return np.moveaxis(rolled, 0, axis)


@mistake("permuted blocks")
def permuted_blocks(wrong: Wrong) -> Iterator[Candidate]:
    """Gates, heads, halves, or single slices along an axis."""
    if not wrong.same_shape:
        return
    for axis, size in enumerate(wrong.right.shape):
        numbers = {n for n in (*BLOCKS, size) if 1 < n <= min(size, SHORT) and size % n == 0}
        for number in sorted(numbers):
            order = _order(wrong, axis, number)
            if order and order != tuple(range(number)):
                how = f"its {number} blocks along axis {axis} are in the order {_listed(order)}"
                yield wrong.by(_reordered, how, axis, order)


def _blocks(array: Any, axis: int, number: int) -> Any:
    """Of shape (number, rest)."""
    return np.moveaxis(array, axis, 0).reshape(number, -1)


def _reordered(array: Any, axis: int, order: Sequence[int]) -> Any:
    moved = np.moveaxis(array, axis, 0)
    blocks = moved.reshape(len(order), -1)[list(order)].reshape(moved.shape)
    return np.moveaxis(blocks, 0, axis)


def _order(wrong: Wrong, axis: int, number: int) -> tuple[int, ...]:
    """Which block of the right gradient each of the blocks on trial is; empty if unclear."""
    trial, right = (_blocks(g, axis, number) for g in (wrong.trial, wrong.right))
    cost = np.sum(np.abs(right) ** 2, 1) - 2 * (trial @ right.T.conj()).real
    if number > FEW_BLOCKS:
        order = tuple(int(i) for i in np.argmin(cost, 1))
        return order if len(set(order)) == number else ()
    return min(permutations(range(number)), key=lambda o: sum(cost[i, j] for i, j in enumerate(o)))


def _named(axes: Sequence[int]) -> str:
    return ("axes " if len(axes) > 1 else "axis ") + _listed(axes)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
