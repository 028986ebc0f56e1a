"""What the forward passes of the normalisations take: arrays, and settings by keyword."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(11)


def normal(*shapes: tuple[int, ...], offset: float = 0.0) -> list[Any]:
    """Normal numbers in arrays of these shapes, the first of them moved by an offset."""
    first, *others = (RANDOM.normal(size=shape) for shape in shapes)
    return [first + offset, *others]


INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "batch_norm": [
        (normal((4, 3), (3,), (3,)), {"epsilon": 2**-10}),
        (normal((2, 3, 5), (3,), (3,), offset=4), {"epsilon": 2**-17}),
        (normal((3, 2, 4, 3), (2,), (2,)), {"epsilon": 0.5}),
        (normal((1, 3), (3,), (3,)), {"epsilon": 2**-10}),
    ],
    "batch_norm_eval": [
        (
            normal((3, 2, *places), (2,), (2,)),
            {"mean": np.array([0.5, -1.5]), "variance": np.array([2.25, 0.125]), "epsilon": 0.25},
        )
        for places in ((), (5,), (4, 3))
    ],
    "layer_norm": [
        (normal((4, 5), (5,), (5,)), {"epsilon": 2**-10}),
        (normal((2, 3, 5), (5,), (5,), offset=4), {"epsilon": 2**-17}),
        (normal((2, 3, 4), (3, 4), (3, 4)), {"epsilon": 0.5}),
        (normal((2, 3, 2, 4), (2, 4), (2, 4)), {"epsilon": 2**-10}),
        (normal((2, 3, 2, 4), (3, 2, 4), (3, 2, 4)), {"epsilon": 2**-10}),
    ],
    "rms_norm": [
        (normal((4, 5), (5,)), {"epsilon": 2**-10}),
        (normal((2, 3, 4), (4,), offset=2), {"epsilon": 0.5}),
        (normal((2, 3, 2, 4), (4,)), {"epsilon": 2**-17}),
    ],
    "group_norm": [
        (normal((3, 6), (6,), (6,)), {"groups": 2, "epsilon": 2**-10}),
        (normal((2, 6, 4), (6,), (6,), offset=4), {"groups": 3, "epsilon": 2**-17}),
        (normal((2, 4, 3, 2), (4,), (4,)), {"groups": 1, "epsilon": 0.5}),
        (normal((2, 3, 5), (3,), (3,)), {"groups": 3, "epsilon": 2**-10}),
    ],
}
