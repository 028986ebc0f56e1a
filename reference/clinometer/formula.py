"""The formula on trial: the gradient once more, in numbers so wide that rounding is no matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import ctx

from clinometer.balls import LARGEST, BallArray, midpoints, radii
from clinometer.contract import call
from clinometer.problem import Problem
from clinometer.rounding import largest, rounding_bound, unit_roundoff

#: The widest dtype that NumPy computes in here.
WIDE = np.longdouble if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps else np.float64
#: The size of a problem up to which its gradient in WIDE, which has no BLAS, takes seconds.
LARGEST_WIDE = 10_000_000

PRECISIONS = (320, 1024, 4096)
ACCURATE = 2.0**-60  # radius beside the array's largest number: more bits where it is above
#: What constants may be off by that stand in the code as doubles.
CONSTANTS = 2.0**-50


@dataclass(frozen=True)
class Formula:
    """The gradients by array, the `value` among them.

    Attributes:
        gradients: rounded to WIDE, or float64 for the very largest problems.
        own: how far they may be off by themselves.
        broken: how the contract was broken, by array.
    """

    gradients: Mapping[str, Any]
    own: Mapping[str, Any]
    broken: Mapping[str, str] = field(default_factory=dict)


def rerun(problem: Problem, subject: str, noise: Mapping[str, Any]) -> Formula:
    """On balls where the code takes them, else in WIDE; `noise` is the spread in float64.

    Larger problems go to WIDE at once, the largest to float64.
    """
    balls = _on_balls(problem, subject) if problem.size <= LARGEST else None
    if balls is None:
        return _in_floats(problem, subject, noise)
    gradients = {name: midpoints(array) for name, array in balls.items()}
    own = {
        name: radii(array) + (CONSTANTS + unit_roundoff(WIDE)) * np.abs(gradients[name])
        for name, array in balls.items()
    }
    return Formula(gradients, own)


def _on_balls(problem: Problem, subject: str) -> dict[str, BallArray] | None:
    """The gradients, of as many bits as it takes; None where the code does not take balls."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            point = {name: BallArray.carry(array) for name, array in problem.arguments.items()}
            try:
                value, returned = problem.gradients[subject](point)
                named = {"value": value, **{name: returned[name] for name in point}}
                balls = {name: BallArray.carry(array) for name, array in named.items()}
            except Exception:  # it will show in the problem's own dtype if it is a mistake
                return None
        if any(balls[name].shape != array.shape for name, array in point.items()):
            return None
        if all(np.all(radii(a) <= ACCURATE * largest(midpoints(a))) for a in balls.values()):
            break
    return balls


def _in_floats(problem: Problem, subject: str, noise: Mapping[str, Any]) -> Formula:
    dtype = WIDE if problem.size <= LARGEST_WIDE else np.float64
    gradients, broken = call(problem.gradients[subject], problem.cast(dtype))
    narrower = unit_roundoff(dtype) / unit_roundoff(np.float64)
    own = {
        name: rounding_bound(noise.get(name, 0.0) * narrower, array, dtype)
        for name, array in gradients.items()
        if name not in broken
    }
    return Formula(gradients, own, broken)
