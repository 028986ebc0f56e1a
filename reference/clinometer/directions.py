"""Directions in which a whole array is probed at once."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from clinometer.problem import scale


def direction(name: str, array: Any, number: int = 0) -> Any:
    """±(1 + j/256) times each element's scale, with random signs and j from 0 to 255.

    Random signs never cancel a lone element. The jitter keeps errors of equal size from
    cancelling each other, as half of all pairs of them would. All are exact in float32.
    """
    random = np.random.default_rng([number, zlib.crc32(name.encode())])
    signs = 1.0 - 2.0 * random.integers(2, size=array.shape)
    return signs * (1 + random.integers(256, size=array.shape) / 256) * scale(array)
