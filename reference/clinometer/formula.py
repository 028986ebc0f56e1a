"""The formula on trial: the gradient once more, in numbers so wide that rounding is no matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import ctx

from clinometer.balls import BallArray, midpoints, radii
from clinometer.contract import call
from clinometer.problem import FrameworkCode, Problem
from clinometer.rounding import largest, rounding_bound, unit_roundoff

#: The widest dtype that NumPy computes in here.
WIDE = np.longdouble if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps else np.float64

PRECISIONS = (320, 1024, 4096)
ACCURATE = 2.0**-60  # radius beside the array's largest number: more bits where it is above
#: What constants may be off by that stand in the code as doubles.
CONSTANTS = 2.0**-50


@dataclass(frozen=True)
class Formula:
    """The gradients by array, the `value` among them.

    Attributes:
        gradients: rounded to WIDE.
        own: how far they may be off by themselves.
        broken: how the contract was broken, by array.
    """

    gradients: Mapping[str, Any]
    own: Mapping[str, Any]
    broken: Mapping[str, str] = field(default_factory=dict)


def rerun(problem: Problem, subject: str, noise: Mapping[str, Any]) -> Formula:
    """On balls where the code takes them, else in the widest dtype that it computes in.

    `noise` is the spread in float64.
    """
    balls = _on_balls(problem, subject)
    if balls is None:
        return _in_wide(problem, subject, noise)
    gradients = {name: midpoints(array) for name, array in balls.items()}
    own = {
        name: radii(array) + (CONSTANTS + unit_roundoff(WIDE)) * np.abs(gradients[name])
        for name, array in balls.items()
    }
    return Formula(gradients, own)


def _on_balls(problem: Problem, subject: str) -> dict[str, BallArray] | None:
    """The gradients, of as many bits as it takes; None where the code does not take balls."""
    if isinstance(problem.gradients[subject], FrameworkCode):
        return None
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


def _in_wide(problem: Problem, subject: str, noise: Mapping[str, Any]) -> Formula:
    gradient = problem.gradients[subject]
    dtype = np.dtype(gradient.widest if isinstance(gradient, FrameworkCode) else WIDE)
    gradients, broken = call(gradient, problem.cast(dtype))
    narrower = unit_roundoff(dtype) / unit_roundoff(np.float64)
    sound = {name: array for name, array in gradients.items() if name not in broken}
    own = {
        name: rounding_bound(noise.get(name, np.inf) * narrower, array, dtype)
        for name, array in sound.items()
    }
    return Formula({name: array.astype(WIDE) for name, array in sound.items()}, own, broken)
