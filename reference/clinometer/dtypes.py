"""The dtypes in which gradients are on trial, by name; nothing is imported for them here."""

from __future__ import annotations

#: Of 16 bits. NumPy knows `bfloat16` from ml_dtypes.
NARROW = ("float16", "bfloat16")
DTYPES = ("float64", "float32", *NARROW)
