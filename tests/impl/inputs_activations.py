"""What the forward passes of the activations take: arrays, and several values of each setting."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(11)
#: Continuous numbers, those on a grid with its zeros, and a shape of three axes with large numbers.
ARRAYS = [
    RANDOM.normal(size=(4, 3)),
    RANDOM.integers(-2, 3, size=(4, 3)) / 2,
    6 * RANDOM.normal(size=(4, 2, 3)),
]


def with_settings(*settings: dict[str, Any]) -> list[tuple[list[Any], dict[str, Any]]]:
    """Each array with each of the settings."""
    return [([array], chosen) for array in ARRAYS for chosen in settings]


INPUTS = {
    "elu": with_settings({"alpha": 1.0}, {"alpha": 0.25}, {"alpha": -1.5}),
    "gelu": with_settings({}),
    "gelu_tanh": with_settings({}),
    "silu": with_settings({}),
    "hardtanh": with_settings({"low": -1.0, "high": 1.0}, {"low": -0.25, "high": 2.0}),
}
