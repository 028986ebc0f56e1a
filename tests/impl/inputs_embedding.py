"""What the forward passes of embedding and positional encoding take."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(13)

INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "embedding": [
        ([np.array([0, 4, 4, 2]), RANDOM.normal(size=(5, 3))], {}),
        ([np.array([[5, 0, 5], [5, 1, 0]]), RANDOM.normal(size=(6, 2))], {}),
        ([RANDOM.integers(2, size=(2, 3, 4)), RANDOM.normal(size=(2, 5))], {}),
    ],
    "positional_encoding": [
        ([RANDOM.normal(size=shape)], {}) for shape in ((2, 3, 4), (3, 4, 5), (2, 6, 1))
    ],
}
