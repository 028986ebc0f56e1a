"""What the forward pass of dropout takes: numbers, a mask and the probability that made it."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(12)

INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "dropout": [
        (
            [RANDOM.normal(size=shape)],
            {
                "mask": (RANDOM.uniform(size=shape) >= probability).astype(np.float64),
                "probability": probability,
            },
        )
        for shape, probability in (((4, 3), 0.25), ((2, 3, 5), 0.75), ((4,), 0.5), ((3, 2), 0.0))
    ]
}
