"""What the forward passes of the convolutions take: arrays, and settings by keyword."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(17)


def normal(*shapes: tuple[int, ...]) -> list[Any]:
    return [RANDOM.normal(size=shape) for shape in shapes]


INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "convolution1d": [
        (
            normal((2, 3, 5), (4, 3, 2), (4,)),
            {"stride": 1, "padding": (0, 0), "dilation": 1, "groups": 1},
        ),
        (
            normal((2, 4, 7), (6, 2, 3), (6,)),
            {"stride": 2, "padding": (2, 1), "dilation": 2, "groups": 2},
        ),
        (  # a remainder that no window reaches, and offsets that find padding only
            normal((1, 3, 6), (3, 1, 2), (3,)),
            {"stride": 3, "padding": (0, 4), "dilation": 3, "groups": 3},
        ),
        (
            normal((3, 2, 1), (2, 2, 3), (2,)),
            {"stride": 1, "padding": (1, 1), "dilation": 1, "groups": 1},
        ),
    ],
    "convolution2d": [
        (
            normal((2, 3, 4, 5), (2, 3, 2, 3), (2,)),
            {"stride": (1, 1), "padding": (0, 0, 0, 0), "dilation": (1, 1), "groups": 1},
        ),
        (
            normal((2, 4, 6, 5), (6, 2, 3, 2), (6,)),
            {"stride": (2, 1), "padding": (1, 2, 0, 1), "dilation": (1, 2), "groups": 2},
        ),
        (
            normal((1, 2, 5, 8), (4, 1, 2, 3), (4,)),
            {"stride": (1, 3), "padding": (0, 1, 2, 0), "dilation": (3, 1), "groups": 2},
        ),
        (
            normal((3, 1, 3, 2), (2, 1, 3, 3), (2,)),
            {"stride": (1, 1), "padding": (1, 1, 1, 1), "dilation": (1, 1), "groups": 1},
        ),
    ],
    "transposed_convolution1d": [
        (
            normal((2, 3, 4), (3, 2, 3), (2,)),
            {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1},
        ),
        (
            normal((2, 4, 3), (4, 3, 2), (6,)),
            {"stride": 3, "padding": 1, "output_padding": 2, "dilation": 2, "groups": 2},
        ),
        (  # more output padding than stride
            normal((1, 2, 4), (2, 1, 2), (2,)),
            {"stride": 1, "padding": 2, "output_padding": 2, "dilation": 3, "groups": 2},
        ),
    ],
    "transposed_convolution2d": [
        (
            normal((2, 2, 3, 2), (2, 3, 2, 3), (3,)),
            {
                "stride": (1, 1),
                "padding": (0, 0),
                "output_padding": (0, 0),
                "dilation": (1, 1),
                "groups": 1,
            },
        ),
        (
            normal((2, 4, 2, 3), (4, 1, 3, 2), (2,)),
            {
                "stride": (2, 3),
                "padding": (1, 0),
                "output_padding": (0, 2),
                "dilation": (1, 2),
                "groups": 2,
            },
        ),
        (
            normal((1, 3, 3, 1), (3, 2, 2, 2), (6,)),
            {
                "stride": (1, 2),
                "padding": (1, 0),
                "output_padding": (1, 1),
                "dilation": (2, 1),
                "groups": 3,
            },
        ),
    ],
}
