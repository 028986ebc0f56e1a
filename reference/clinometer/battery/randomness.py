"""The random states that belong to everybody: Python's, NumPy's legacy one and PyTorch's."""

from __future__ import annotations

import ctypes
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
        "NumPy": _of_numpy(),
    }
    if torch := sys.modules.get("torch"):
        states["PyTorch"] = torch.get_rng_state().numpy().tobytes()
    return states


def _of_numpy() -> bytes:
    """The state in memory, of which NumPy is slow to make a dictionary.

    A normal number that was drawn together with the one before shows nowhere in it.
    """
    generator = np.random.get_bit_generator()  # type: ignore[attr-defined] # the stubs lack it
    if isinstance(generator, np.random.MT19937):  # its words and the place among them
        return ctypes.string_at(generator.ctypes.state_address, 4 * (624 + 1))
    return pickle.dumps(generator.state)


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
