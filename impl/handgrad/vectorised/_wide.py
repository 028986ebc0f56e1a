"""Numbers of 16 bits, where a kernel computes with more."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array


def wide(x: Array) -> Array:
    """Numbers of 16 bits as float32, in which their sums and squares do not overflow."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x
