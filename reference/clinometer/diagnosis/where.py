"""Which elements of an array are wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clinometer.problem import Arrays

#: As many single places along an axis are listed.
LISTED = 4


def where(trial: Any, right: Any, uncertainty: Any = 0.0, arguments: Arrays | None = None) -> str:
    """One phrase, such as "row 2", "every 4th column from 0" or "17 of 60 elements".

    Two arrays of one shape (s), wrong where they differ by more than the uncertainty; NaN is
    wrong. Arguments of that shape, and integers that index its rows, help to say where.
    """
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(np.asarray(trial) - np.asarray(right)) <= uncertainty)
    if not wrong.any():
        return "no element"
    if wrong.all():
        return "every element" if wrong.size > 1 else "the only element"
    return region(wrong, arguments or {}) or _spread(wrong)


def region(wrong: Any, arguments: Arrays) -> str | None:
    """What tells the elements that are wrong from the others; None if nothing simple does."""
    return next(_descriptions(wrong, arguments), None)


def _descriptions(wrong: Any, arguments: Arrays) -> Iterator[str]:
    yield from _box(wrong)
    yield from (f"all but {text}" for text in _box(~wrong))
    yield from _along_one_axis(wrong)
    yield from _triangles(wrong)
    yield from _by_arguments(wrong, arguments)
    yield from (f"all but {text}" for text in _along_one_axis(~wrong))


def _spread(wrong: Any) -> str:
    found = np.argwhere(wrong)
    first, last = (list(map(int, f(found, axis=0))) for f in (np.min, np.max))
    return f"{len(found)} of {wrong.size} elements, between {first} and {last}"


def _box(wrong: Any) -> Iterator[str]:
    """One element, a row, a column, a slice or a block that is wrong all over."""
    found = np.argwhere(wrong)
    if not len(found):
        return
    first, last = found.min(0), found.max(0)
    if len(found) != np.prod(last - first + 1):
        return
    if len(found) == 1:
        yield f"element {list(map(int, first))}"
        return
    ranges = [
        _range(wrong, axis, int(a), int(b))
        for axis, (a, b) in enumerate(zip(first, last, strict=True))
        if b - a + 1 < wrong.shape[axis]
    ]
    yield " of ".join(reversed(ranges))


def _range(wrong: Any, axis: int, first: int, last: int) -> str:
    one, many = _names(wrong, axis)
    count = last - first + 1
    if count == 1:
        return one.format(first)
    if last == wrong.shape[axis] - 1:
        return f"the last {count} {many}"
    return f"the first {count} {many}" if first == 0 else f"{many} {first} to {last}"


def _names(wrong: Any, axis: int) -> tuple[str, str]:
    """What one slice across an axis is called, with a gap for its number, and several are."""
    if wrong.ndim == 1:
        return "element [{}]", "elements"
    if wrong.ndim == 2:
        return ("column {}", "columns") if axis else ("row {}", "rows")
    return f"slice {{}} of axis {axis}", f"slices of axis {axis}"


def _along_one_axis(wrong: Any) -> Iterator[str]:
    """Whole slices across one axis: every k-th, or some few."""
    for axis, size in enumerate(wrong.shape):
        others = tuple(other for other in range(wrong.ndim) if other != axis)
        if not np.array_equal(wrong.any(others), wrong.all(others)):
            continue
        places = np.flatnonzero(wrong.any(others))
        _, many = _names(wrong, axis)
        steps = set(np.diff(places))
        if len(steps) == 1 and len(places) > 2:
            step, start = int(steps.pop()), int(places[0])
            if start < step and places[-1] + step >= size:
                yield f"every {_ordinal(step)} of the {many}, from {start}"
        if len(places) <= LISTED:
            yield f"{many} " + ", ".join(map(str, places))


def _triangles(wrong: Any) -> Iterator[str]:
    if wrong.ndim < 2:
        return
    row, column = np.indices(wrong.shape)[-2:]
    masks = {
        "the diagonal": row == column,
        "all above the diagonal": row < column,
        "all below the diagonal": row > column,
        "the upper triangle": row <= column,
        "the lower triangle": row >= column,
        "all off the diagonal": row != column,
    }
    yield from (text for text, mask in masks.items() if np.array_equal(wrong, mask))


def _by_arguments(wrong: Any, arguments: Arrays) -> Iterator[str]:
    """Where an argument has a sign, or ties, or has an index that is repeated or absent."""
    for name, argument in arguments.items():
        values = np.asarray(argument)
        if values.shape == wrong.shape and values.dtype.kind in "fiu":
            for text, mask in (_signs(values) | _ties(values)).items():
                if np.array_equal(wrong, mask):
                    yield f"where {name} {text}"
        elif values.dtype.kind in "iu" and wrong.ndim and values.size:
            yield from _by_index(wrong, name, values)


def _signs(x: Any) -> dict[str, Any]:
    return {
        "is zero": x == 0,
        "is not zero": x != 0,
        "is negative": x < 0,
        "is positive": x > 0,
        "is not positive": x <= 0,
        "is not negative": x >= 0,
        "is beyond ±1": np.abs(x) > 1,
        "is within ±1": np.abs(x) <= 1,
    }


def _ties(values: Any) -> dict[str, Any]:
    """Where a value is among the largest ones along an axis, and alone or not."""
    found = {}
    for axis in range(values.ndim):
        top = values == values.max(axis=axis, keepdims=True)
        tied = top & (top.sum(axis=axis, keepdims=True) > 1)
        found[f"ties for the largest along axis {axis}"] = tied
        found[f"is the largest along axis {axis}"] = top
    return found


def _by_index(wrong: Any, name: str, index: Any) -> Iterator[str]:
    rows = wrong.reshape(len(wrong), -1)
    if index.min() < 0 or index.max() >= len(wrong) or not np.array_equal(rows.any(1), rows.all(1)):
        return
    times = np.bincount(index.reshape(-1), minlength=len(wrong))
    for text, mask in {"repeats an index": times > 1, "has no such index": times == 0,
                       "has that index": times > 0}.items():  # fmt: skip
        if np.array_equal(rows.any(1), mask):
            yield f"rows where {name} {text}"


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number in (11, 12, 13) else ends.get(number % 10, 'th')}"
