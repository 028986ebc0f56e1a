"""The vectorised kernels, but the normalisations and the LSTM's gates compiled by numba.

NumPy reads and writes a whole array at every operation; a compiled loop does all of them while a
part of it is near the processor. Numbers other than float32 and float64 go the vectorised way.
"""

from __future__ import annotations

from handgrad.vectorised import BY_SAMPLE, load, unload

__all__ = ["BASE", "BY_SAMPLE", "load", "unload"]

#: The set whose kernels stand in where there is none of this one.
BASE = "vectorised"
