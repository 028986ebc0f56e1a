"""The random states that belong to everybody: Python's, NumPy's legacy one and PyTorch's."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def random_states() -> dict[str, Any]:
    """What tells whether random numbers were drawn, by whose they are. PyTorch's on the CPU."""
    states: dict[str, Any] = {
        "Python": random.getstate(),
        "NumPy": pickle.dumps(np.random.get_state(legacy=False)),  # noqa: NPY002 # the global one
    }
    if torch := sys.modules.get("torch"):
        states["PyTorch"] = torch.get_rng_state().numpy().tobytes()
    return states


@contextmanager
def random_state_kept() -> Iterator[None]:
    """The random states afterwards are those from before."""
    torch: Any = sys.modules.get("torch")
    python, numpy = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002
    tensor = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if torch:
            torch.set_rng_state(tensor)
