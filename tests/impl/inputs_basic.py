"""What dense layers, the first activations, joins, losses and the L2 penalty take."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(7)
SHAPES = ((4, 3), (2, 4, 3))


def normal(shape: tuple[int, ...]) -> Any:
    return RANDOM.normal(size=shape)


INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "dense": [([normal(s), normal((3, 5)), normal((5,))], {}) for s in SHAPES],
    "leaky_relu": [([normal(SHAPES[0])], {"slope": slope}) for slope in (0.25, -0.5)],
    "outputs": [([normal(s), None], {}) for s in SHAPES],
    "l2_penalty": [([normal((4, 3)), normal((3, 5))], {"strength": 0.5})],
}
for _kind in ("add", "concatenate", "multiply"):
    INPUTS[_kind] = [([normal(s) for _ in range(3)], {}) for s in SHAPES]
for _kind in ("mean_squared_error", "sum_squared_error", "row_squared_error"):
    INPUTS[_kind] = [([normal(s) for _ in range(2)], {}) for s in SHAPES]
for _kind in ("identity", "sigmoid", "tanh", "relu", "softplus", "softmax"):
    INPUTS[_kind] = [([normal(s)], {}) for s in SHAPES]
