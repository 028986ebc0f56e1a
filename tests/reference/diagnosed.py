"""A wrong gradient of `w` beside the right one, and the first thing that is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from clinometer.diagnosis import Context, diagnose

RIGHT, OTHER, THIRD = np.random.default_rng(0).normal(size=(3, 4, 5))
CUBE = np.random.default_rng(1).normal(size=(3, 4, 5))


def said(trial: Any, right: Any = RIGHT, /, **known: Any) -> str:
    """The first sentence about a gradient of `w`."""
    return str(diagnose("w", trial, right, 1e-13, Context(**known))[0])


def changed(array: Any, index: Any, number: float) -> Any:
    """The array with other numbers in a place."""
    array = array.copy()
    array[index] = number
    return array
