"""What the forward passes that change shapes alone take."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(14)

INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "flatten": [
        ([RANDOM.normal(size=shape)], {}) for shape in ((4, 3), (2, 3, 4), (3, 2, 1, 4), (3,))
    ],
    "reshape": [
        ([RANDOM.normal(size=(2, *before))], {"shape": after})
        for before, after in (((6,), (2, 3)), ((2, 3), (6,)), ((4, 3), (3, 2, 2)), ((1,), ()))
    ],
}
