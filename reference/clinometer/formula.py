"""The formula on trial: the gradient once more, in numbers so wide that rounding is no matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import ctx

from clinometer.balls import BallArray, midpoints, radii
from clinometer.contract import call
from clinometer.double_balls import DoubleBallArray, mid, rad
from clinometer.problem import Arrays, Gradient, Problem
from clinometer.rounding import largest, rounding_bound, unit_roundoff

#: The widest dtype that NumPy computes in here.
WIDE = np.longdouble if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps else np.float64

PRECISIONS = (320, 1024, 4096)
ACCURATE = 2.0**-60  # radius beside the array's largest number: more bits where it is above
#: What constants may be off by that stand in the code as doubles.
CONSTANTS = 2.0**-50
#: What is lost at most of a number that float64 can no longer hold.
UNDERFLOW = 2.0**-1073
#: Elements of the arguments up to which Arb takes no more than a tenth of a second or so.
FEW = 20_000

#: The midpoint and the radius of every element of an array.
Enclosure = tuple[Any, Any]


@dataclass(frozen=True)
class Formula:
    """The gradients by array, the `value` among them.

    Attributes:
        gradients: rounded to WIDE.
        own: how far they may be off by themselves.
        broken: how the contract was broken, by array.
        enclosures: where the code ran on balls, what it computes lies within these for certain.
    """

    gradients: Mapping[str, Any]
    own: Mapping[str, Any]
    broken: Mapping[str, str] = field(default_factory=dict)
    enclosures: Mapping[str, Enclosure] = field(default_factory=dict)


def rerun(problem: Problem, subject: str, noise: Mapping[str, Any]) -> Formula:
    """On balls where the code takes them, else in WIDE; `noise` is the spread in float64."""
    enclosures = enclose(problem.gradients[subject], problem.arguments)
    if enclosures is None:
        return _in_wide(problem, subject, noise)
    gradients = {name: middle for name, (middle, _) in enclosures.items()}
    own = {n: radius + CONSTANTS * np.abs(middle) for n, (middle, radius) in enclosures.items()}
    return Formula(gradients, own, enclosures=enclosures)


def enclose(gradient: Gradient, arguments: Arrays) -> dict[str, Enclosure] | None:
    """What the gradient's code computes in exact arithmetic, proved; None if it takes no balls.

    In Arb, of as many bits as it takes, or for large problems in balls of double precision.
    """
    if sum(array.size for array in arguments.values()) > FEW:
        return _on_balls(gradient, arguments, DoubleBallArray.carry, _from_double)
    enclosures = None
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            enclosures = _on_balls(gradient, arguments, BallArray.carry, _from_arb)
        if enclosures is None or all(
            np.all(radius <= ACCURATE * largest(middle)) for middle, radius in enclosures.values()
        ):
            break
    return enclosures


def _on_balls(
    gradient: Gradient,
    arguments: Arrays,
    carry: Callable[[Any], Any],
    read: Callable[[Any], Enclosure],
) -> dict[str, Enclosure] | None:
    point = {name: carry(array) for name, array in arguments.items()}
    try:
        value, returned = gradient(point)
        named = {"value": value, **{name: returned[name] for name in point}}
        enclosures = {name: read(carry(array)) for name, array in named.items()}
    except Exception:  # it will show in the problem's own dtype if it is a mistake
        return None
    fits = all(enclosures[name][0].shape == array.shape for name, array in arguments.items())
    return enclosures if fits else None


def _from_arb(array: BallArray) -> Enclosure:
    middle = midpoints(array)
    rounded = 2 * unit_roundoff(WIDE) * np.abs(middle) + UNDERFLOW
    return middle, radii(array) * (1 + 2.0**-50) + rounded


def _from_double(array: DoubleBallArray) -> Enclosure:
    return mid(array), rad(array)


def _in_wide(problem: Problem, subject: str, noise: Mapping[str, Any]) -> Formula:
    gradients, broken = call(problem.gradients[subject], problem.cast(WIDE))
    narrower = unit_roundoff(WIDE) / unit_roundoff(np.float64)
    own = {
        name: rounding_bound(noise.get(name, 0.0) * narrower, array, WIDE)
        for name, array in gradients.items()
        if name not in broken
    }
    return Formula(gradients, own, broken)
