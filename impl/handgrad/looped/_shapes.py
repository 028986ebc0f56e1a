"""Nested lists taken apart and put together: shapes, rows and channels."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.arrays import Lists
from handgrad.looped._lists import elements


def shape_of(array: Lists) -> tuple[int, ...]:
    """The lengths of all axes; none for a number."""
    return (len(array), *shape_of(array[0])) if isinstance(array, list) else ()


def split(numbers: Lists, parts: int) -> Lists:
    """A list as so many lists of one length."""
    length = len(numbers) // parts
    return [numbers[part * length : (part + 1) * length] for part in range(parts)]


def nested(numbers: Lists, shape: Sequence[int]) -> Lists:
    """Numbers in order as an array of that shape: `elements` undone."""
    if not shape:
        return numbers[0]
    return [nested(part, shape[1:]) for part in split(numbers, shape[0])]


def channels(x: Lists) -> Lists:
    """An array (n, c, *s) as c rows, each with a channel's numbers of all samples and places."""
    return [elements([sample[c] for sample in x]) for c in range(len(x[0]))]


def samples(rows: Lists, shape: Sequence[int]) -> Lists:
    """Rows of channels as an array of the shape (n, c, *s): `channels` undone."""
    n, _, *places = shape
    by_channel = [nested(row, (n, *places)) for row in rows]
    return [[channel[sample] for channel in by_channel] for sample in range(n)]
