"""What the attention takes in the tests of all kernels: several heads, masks, a memory."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(13)

#: Nonzero where a key may be seen; the first of each sample always is.
OF_FOUR = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1]], dtype=float)
OF_FIVE = np.array([[1, 0, 1, 1, 0], [1, 1, 0, 0, 1]], dtype=float)


def _arrays(n: int, t: int, f: int, d: int, s: int = 0, m: int = 0) -> list[Any]:
    """A batch of t queries, the projections, and where s > 0 a memory of that many keys."""
    m = m or f
    shapes = [(n, t, f), (f, d), (d,), (m, d), (d,), (m, d), (d,), (d, f), (f,)]
    return [RANDOM.normal(size=shape) for shape in shapes + [(s, m)] * (s > 0)]


INPUTS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "attention": [
        (_arrays(3, 4, 3, 4), {"heads": 2, "causal": False}),
        (_arrays(2, 5, 2, 6), {"heads": 3, "causal": True}),
        (_arrays(3, 4, 4, 4), {"heads": 1, "causal": True, "mask": OF_FOUR}),
        (_arrays(3, 5, 3, 4, s=4, m=2), {"heads": 2, "causal": False, "mask": OF_FOUR}),
        (_arrays(2, 3, 3, 4, s=5, m=2), {"heads": 4, "causal": True, "mask": OF_FIVE}),
        (_arrays(1, 4, 2, 2, s=4, m=2), {"heads": 1, "causal": False}),
    ]
}
