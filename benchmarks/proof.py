"""The proof that a gradient is right, without which it is not timed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.candidates import CANDIDATES, Gradient
from benchmarks.workloads import Workload

#: How far a gradient may be off, in units in the last place of its array's largest number.
LARGEST_ERROR = 128
#: An array whose numbers are a smaller part of the gradient's largest is held to that part.
NEGLIGIBLE = 0.005
#: What a gradient is held against in float64: the first of these that is another's and is there.
REFERENCES = ("torch eager", "vectorised", "jax.jit", "looped")


class Wrong(ValueError):
    """A gradient that must not be timed."""


class Unproven(RuntimeError):
    """A gradient that nothing can be held against."""


def error(workload: Workload, dtype: str, name: str, gradient: Gradient) -> float:
    """That of a candidate's gradient.

    Raises Wrong where it is larger than it may be, and Unproven where there is no other gradient.
    """
    found = largest_error(_arrays(gradient), _reference(workload, name))
    if not found <= LARGEST_ERROR * np.finfo(dtype).eps:
        raise Wrong(
            f"the gradient of {name} on {workload.name} in {dtype} is off by {found:.1e}: it must "
            "not be timed"
        )
    return found


@lru_cache(maxsize=2)
def _reference(workload: Workload, name: str) -> Mapping[str, Any]:
    case = workload.case("float64")
    others = [CANDIDATES[other] for other in REFERENCES if other != name]
    usable = [other for other in others if not other.obstacle(case)]
    if not usable:
        raise Unproven("nothing that it could be held against is installed")
    return _arrays(usable[0].build(case))


def _arrays(gradient: Gradient) -> dict[str, Any]:
    return {name: np.asarray(array).astype(np.float64) for name, array in gradient()[1].items()}


def largest_error(arrays: Mapping[str, Any], reference: Mapping[str, Any]) -> float:
    """The largest of any array, as a part of that array's largest number."""
    if set(arrays) != set(reference):
        return float("inf")
    sizes = {name: float(np.abs(array).max()) for name, array in reference.items()}
    least = NEGLIGIBLE * max(sizes.values())
    errors = [
        float(np.abs(arrays[name] - reference[name]).max()) / max(sizes[name], least)
        for name in reference
    ]
    return float(np.max(errors))  # and NaN where one is
