"""What the forward passes of the poolings take: arrays, and settings by keyword."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

RANDOM = np.random.default_rng(19)


def normal(*shape: int) -> list[Any]:
    return [RANDOM.normal(size=shape)]


def distinct(*shape: int, unit: float = 1.0) -> list[Any]:
    """Numbers below zero, which the padding is not; 16 bits tell them from each other."""
    count = math.prod(shape)
    return [(RANDOM.permutation(count) - count).reshape(shape) * unit]


def ties(*shape: int) -> list[Any]:
    """Few different numbers, below zero as well."""
    return [RANDOM.integers(-3, 0, size=shape).astype(np.float64)]


#: So small a unit that all numbers are nearly equal.
TINY = 2.0**-13

INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "max_pool1d": [
        (distinct(2, 3, 6), {"kernel": 2, "stride": 2, "padding": (0, 0), "dilation": 1}),
        (ties(3, 2, 7), {"kernel": 3, "stride": 1, "padding": (1, 2), "dilation": 1}),
        (ties(2, 1, 8), {"kernel": 3, "stride": 2, "padding": (2, 0), "dilation": 2}),
        (
            distinct(2, 2, 9, unit=TINY),
            {"kernel": 4, "stride": 3, "padding": (0, 1), "dilation": 1},
        ),
        (distinct(1, 2, 5), {"kernel": 1, "stride": 3, "padding": (0, 0), "dilation": 1}),
    ],
    "max_pool2d": [
        (
            distinct(2, 3, 4, 6),
            {"kernel": (2, 3), "stride": (2, 3), "padding": (0, 0, 0, 0), "dilation": (1, 1)},
        ),
        (
            ties(3, 2, 5, 4),
            {"kernel": (3, 2), "stride": (1, 1), "padding": (1, 2, 0, 1), "dilation": (1, 1)},
        ),
        (
            ties(2, 1, 6, 7),
            {"kernel": (2, 3), "stride": (3, 1), "padding": (1, 0, 2, 1), "dilation": (3, 2)},
        ),
        (
            distinct(2, 2, 5, 6, unit=TINY),
            {"kernel": (2, 3), "stride": (1, 2), "padding": (0, 0, 0, 1), "dilation": (1, 1)},
        ),
        (
            distinct(1, 2, 5, 3),
            {"kernel": (3, 3), "stride": (2, 1), "padding": (1, 1, 1, 1), "dilation": (1, 1)},
        ),
    ],
    "average_pool1d": [
        (normal(2, 3, 6), {"kernel": 2, "stride": 2, "padding": (0, 0), "count_padding": True}),
        (normal(2, 1, 7), {"kernel": 3, "stride": 2, "padding": (2, 1), "count_padding": False}),
        (normal(1, 2, 5), {"kernel": 3, "stride": 1, "padding": (1, 2), "count_padding": True}),
    ],
    "average_pool2d": [
        (
            normal(2, 3, 4, 6),
            {"kernel": (2, 3), "stride": (2, 3), "padding": (0, 0, 0, 0), "count_padding": True},
        ),
        (
            normal(2, 1, 5, 4),
            {"kernel": (3, 2), "stride": (1, 2), "padding": (2, 1, 0, 1), "count_padding": False},
        ),
        (
            normal(1, 2, 3, 6),
            {"kernel": (2, 3), "stride": (1, 1), "padding": (1, 0, 1, 2), "count_padding": True},
        ),
    ],
    "global_average_pool": [(normal(2, 3, 5), {}), (normal(2, 3, 3, 4), {}), (normal(1, 2, 1), {})],
    "global_max_pool": [
        (distinct(2, 3, 5), {}),
        (ties(3, 2, 3, 5), {}),
        (distinct(1, 2, 7, 3, unit=TINY), {}),
        (ties(2, 1, 1), {}),
    ],
}
