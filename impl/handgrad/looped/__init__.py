"""The same kernels again, every sum a loop, as the textbook writes it.

Numbers stand in nested lists, which Python indexes several times faster than
arrays, and no operation works on a whole array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BY_SAMPLE = False


def load(array: Any) -> Any:
    """An array as nested lists; a scalar as a number."""
    return None if array is None else np.asarray(array).tolist()


def unload(numbers: Any, dtype: Any) -> Any:
    """Nested lists as an array of the dtype in which the caller computes."""
    return np.array(numbers, dtype=dtype)
