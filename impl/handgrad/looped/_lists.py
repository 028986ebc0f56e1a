"""Arrays as nested lists, and the scalar functions that the looped kernels share.

Every scalar may be a Python float, a complex or any other number type: only a
float takes the fast path through `math`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from handgrad.arrays import Lists


def elementwise(function: Callable[..., Any], *arrays: Lists) -> Lists:
    """Apply `function` to the numbers that stand at the same indices of the arrays."""
    if isinstance(arrays[0], list):
        return [elementwise(function, *rows) for rows in zip(*arrays, strict=True)]
    return function(*arrays)


def by_row(function: Callable[..., Any], *arrays: Lists) -> Lists:
    """Apply `function` to the rows, along the last axis, that stand at the same indices."""
    if isinstance(arrays[0][0], list):
        return [by_row(function, *parts) for parts in zip(*arrays, strict=True)]
    return function(*arrays)


def rows(array: Lists) -> Lists:
    """All rows, which run along the last axis, in order."""
    if isinstance(array[0], list):
        return [row for part in array for row in rows(part)]
    return [array]


def same_range(*axes: Lists) -> range:
    """The range of an index that runs along several axes, which must be of one length."""
    lengths = {len(axis) for axis in axes}
    if len(lengths) > 1:
        raise ValueError(f"an index cannot run along axes of lengths {sorted(lengths)} at once")
    return range(lengths.pop())


def elements(array: Lists) -> Lists:
    """All numbers of an array, in order."""
    if isinstance(array, list):
        return [number for row in array for number in elements(row)]
    return [array]


def largest(row: Lists) -> Any:
    """Of a row. Numbers with a radius, of which neither may be the larger, are not compared."""
    if isinstance(row[0], (float, np.floating)):
        return max(row)
    return reduce(lambda a, b: (a + b + abs(a - b)) / 2, row)


def exp(x: Any) -> Any:
    return math.exp(x) if type(x) is float else np.exp(x)


def expm1(x: Any) -> Any:
    return math.expm1(x) if type(x) is float else np.expm1(x)


def log(x: Any) -> Any:
    return math.log(x) if type(x) is float else np.log(x)


def log1p(x: Any) -> Any:
    return math.log1p(x) if type(x) is float else np.log1p(x)


def sqrt(x: Any) -> Any:
    return math.sqrt(x) if type(x) is float else np.sqrt(x)


def sin(x: Any) -> Any:
    return math.sin(x) if type(x) is float else np.sin(x)


def cos(x: Any) -> Any:
    return math.cos(x) if type(x) is float else np.cos(x)


def tanh(x: Any) -> Any:
    return math.tanh(x) if type(x) is float else np.tanh(x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), written so that the exponential cannot overflow."""
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def softplus(x: Any) -> Any:
    """log(1 + eˣ), written so that the exponential cannot overflow."""
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))
