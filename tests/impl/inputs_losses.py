"""What the forward passes of the losses and penalties take, with several values of each setting."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(12)
SHAPES = ((4, 3), (4, 2, 3))
WEIGHT = np.array([0.5, 2.0, 1.25])


def normal(shape: tuple[int, ...]) -> Any:
    return RANDOM.normal(size=shape)


def distributions(shape: tuple[int, ...]) -> Any:
    """Rows of probabilities, some of them zero."""
    counts = RANDOM.integers(0, 4, size=shape) + np.eye(shape[-1])[0]
    return counts / counts.sum(axis=-1, keepdims=True)


def labels(shape: tuple[int, ...], least: int = 0) -> Any:
    """Class numbers, or from -1 up, where -1 is ignored; the first is 0."""
    drawn = RANDOM.integers(least, shape[-1], size=shape[:-1])
    drawn.flat[:2] = 0, least
    return drawn


INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "huber": [
        ([normal(shape), normal(shape)], {"delta": delta})
        for shape in SHAPES
        for delta in (1.0, 0.25, 3.0)
    ],
    "hinge": [([normal(s), RANDOM.choice([-1.0, 1.0], size=s)], {}) for s in SHAPES],
    "kl_divergence": [([normal(s), distributions(s)], {}) for s in SHAPES],
    "softmax_cross_entropy": [
        ([normal(shape), labels(shape, least)], settings)
        for shape in SHAPES
        for least, settings in (
            (0, {}),
            (-1, {"smoothing": 0.25}),
            (0, {"class_weight": WEIGHT}),
            (-1, {"class_weight": WEIGHT, "smoothing": 0.1}),
        )
    ],
    "binary_cross_entropy": [
        ([normal(shape), RANDOM.uniform(size=shape)], settings)
        for shape in SHAPES
        for settings in ({}, {"positive_weight": 3.0})
    ],
    "l1_penalty": [([normal((4, 3)), normal((3, 5))], {"strength": 0.5})],
}
