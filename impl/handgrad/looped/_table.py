"""Nested lists from the formula of one entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from handgrad.arrays import Lists


def table(formula: Callable[..., Any], *lengths: int) -> Lists:
    """The array that has `formula(i, j, …)` at the indices i, j, …, which count from 0."""
    if not lengths:
        return formula()
    return [table(partial(formula, index), *lengths[1:]) for index in range(lengths[0])]


def shape(array: Lists) -> tuple[int, ...]:
    """How long the lists are, from the outermost to the innermost."""
    return (len(array), *shape(array[0])) if isinstance(array, list) else ()


def entry(array: Lists, indices: tuple[int, ...]) -> Any:
    """The number at these indices."""
    for index in indices:
        array = array[index]
    return array
