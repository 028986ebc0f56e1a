"""What the recurrent layers take in the tests of all kernels: four steps or more, both ways."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(11)


def _arrays(gates: int, biases: int, states: int, n: int, t: int, i: int, h: int) -> list[Any]:
    """A batch of sequences, two weights, then biases and first states."""
    shapes = [(n, t, i), (i, gates * h), (h, gates * h)]
    shapes += [(gates * h,)] * biases + [(h,)] * states
    return [RANDOM.normal(size=shape) for shape in shapes]


INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "rnn": [
        (_arrays(1, 1, 1, 4, 5, 2, 3), {"activation": "tanh", "reverse": False}),
        (_arrays(1, 1, 1, 3, 4, 3, 2), {"activation": "tanh", "reverse": True}),
        (_arrays(1, 1, 1, 4, 5, 3, 3), {"activation": "relu", "reverse": False}),
        (_arrays(1, 1, 1, 1, 4, 1, 4), {"activation": "relu", "reverse": True}),
    ],
    "lstm": [
        (_arrays(4, 1, 2, 4, 5, 2, 3), {"reverse": False}),
        (_arrays(4, 1, 2, 1, 4, 3, 1), {"reverse": False}),
        (_arrays(4, 1, 2, 3, 4, 2, 2), {"reverse": True}),
    ],
    "gru": [
        (_arrays(3, 2, 1, 4, 5, 2, 3), {"reverse": False}),
        (_arrays(3, 2, 1, 1, 4, 3, 1), {"reverse": False}),
        (_arrays(3, 2, 1, 3, 4, 2, 2), {"reverse": True}),
    ],
}
