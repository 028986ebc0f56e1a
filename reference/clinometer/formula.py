"""The formula on trial: the gradient once more, in numbers so wide that rounding is no matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
from flint import ctx

from clinometer.balls import (
    LARGEST,
    BallArray,
    Undecided,
    midpoints,
    radii,
    rounded_constants,
)
from clinometer.contract import call
from clinometer.double_balls import DoubleBallArray, mid, rad
from clinometer.estimate import Estimate
from clinometer.problem import Arrays, FrameworkCode, Gradient, Problem
from clinometer.rounding import function_noise, largest, rounding_bound, unit_roundoff

#: The widest dtype that NumPy computes in here.
WIDE = np.longdouble if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps else np.float64
#: The size of a problem up to which its gradient in WIDE, which has no BLAS, takes seconds.
LARGEST_WIDE = 10_000_000

PRECISIONS = (320, 1024, 4096)
ACCURATE = 2.0**-60  # radius beside the array's largest number: more bits where it is above
NARROW = 1e-6  # the same for balls of double precision: Arb where it is above
#: What double precision may cost of a number, whatever it is computed in.
PART = 2.0**-50
#: What is lost at most of a number that float64 can no longer hold.
UNDERFLOW = 2.0**-1073

Balls = TypeVar("Balls", BallArray, DoubleBallArray)
#: The midpoint and the radius of every element of an array.
Enclosure = tuple[Any, Any]


@dataclass(frozen=True)
class Formula:
    """The gradients by array, the `value` among them.

    Attributes:
        gradients: rounded to WIDE, or float64 for the very largest problems and for code that
            computes in nothing wider.
        own: how far they may be off by themselves.
        broken: how the contract was broken, by array.
        enclosures: where the code ran on balls, what it computes lies within these for certain.
        balls: where these were Arb's, themselves, with digits that WIDE does not hold.
        excused: where given, the same with what code in double precision cannot help, which is
            dearer to know.
    """

    gradients: Mapping[str, Any]
    own: Mapping[str, Any]
    broken: Mapping[str, str] = field(default_factory=dict)
    enclosures: Mapping[str, Enclosure] = field(default_factory=dict)
    balls: Mapping[str, BallArray] = field(default_factory=dict)
    excused: Callable[[], Formula] | None = None


def rerun(problem: Problem, subject: str, noise: Callable[[], Mapping[str, Any]] = dict) -> Formula:
    """On balls where the code takes them, else in WIDE; `noise` gives the spread in float64.

    Larger problems go to WIDE at once, the largest to float64; for them balls of double
    precision give the enclosure.
    """
    gradient, arguments = problem.gradients[subject], problem.arguments
    if problem.size > LARGEST:
        proved = _in_double(gradient, arguments) or {}
        return replace(_in_floats(problem, subject, noise), enclosures=proved)
    balls = _in_arb(gradient, arguments)
    if balls is None:
        return _in_floats(problem, subject, noise)

    formula = _proved(balls)
    return replace(formula, excused=cache(lambda: _excused(formula, gradient, arguments)))


def function_value(problem: Problem) -> Estimate:
    """The value of the problem's function itself, which each gradient has to come with.

    So a gradient whose own forward pass is another function's is seen.
    """
    if isinstance(problem.function, FrameworkCode):
        dtype = problem.function.widest
        value = np.asarray(problem.function(problem.cast(dtype)))
        own = rounding_bound(function_noise(problem, dtype), value, dtype)
    else:
        itself = replace(problem, gradients={"function": lambda a: (problem.function(a), a)})
        formula = rerun(itself, "function", lambda: {"value": function_noise(problem, "float64")})
        value, own = formula.gradients["value"], formula.own["value"]
    return Estimate("function", {"value": value}, {"value": own}, evaluations=1)


def _proved(balls: Mapping[str, BallArray]) -> Formula:
    enclosures = _read(balls)
    gradients = {name: middle for name, (middle, _) in enclosures.items()}
    own = {name: radius for name, (_, radius) in enclosures.items()}
    return Formula(gradients, own, enclosures=enclosures, balls=balls)


def _excused(formula: Formula, gradient: Gradient, arguments: Arrays) -> Formula:
    """The formula with all that code in double precision cannot help.

    Each number may be off by a small part of itself, as that of a series cut off where its terms
    no longer count is. And it may be off by the radius that constants bring with them which are
    rounded, though by no more than a small part of the array's largest number: constants that
    stand in the function as well do nothing.
    """
    with rounded_constants():
        rounded = _in_arb(gradient, arguments) or {}
    own = {}
    for name, middle in formula.gradients.items():
        least = PART * largest(middle[np.isfinite(middle)])
        radius = np.minimum(radii(rounded[name]), least) if name in rounded else least
        own[name] = formula.own[name] + PART * np.abs(middle) + radius
    return replace(formula, own=own, balls={}, excused=None)


def enclose(gradient: Gradient, arguments: Arrays) -> dict[str, Enclosure] | None:
    """What the gradient's code computes in exact arithmetic, proved; None if it takes no balls.

    In balls of double precision, or in Arb where those are wider than a millionth of an array's
    largest number.
    """
    quick = _in_double(gradient, arguments)
    if quick and _narrow(quick, NARROW):
        return quick
    balls = _in_arb(gradient, arguments)
    return None if balls is None else _read(balls)


def _narrow(enclosures: Mapping[str, Enclosure], part: float) -> bool:
    return all(np.all(radius <= part * largest(middle)) for middle, radius in enclosures.values())


def _in_double(gradient: Gradient, arguments: Arrays) -> dict[str, Enclosure] | None:
    balls = None
    with np.errstate(all="ignore"), suppress(Undecided):  # what overflows is not known, nor narrow
        balls = _on_balls(gradient, arguments, DoubleBallArray.carry)
    if balls is None:
        return None
    return {name: (mid(array), rad(array)) for name, array in balls.items()}


def _in_arb(gradient: Gradient, arguments: Arrays) -> dict[str, BallArray] | None:
    """Of as many bits as it takes, to decide what the code asks as well."""
    balls = None
    for bits in PRECISIONS:
        with ctx.workprec(bits), suppress(Undecided):
            balls = _on_balls(gradient, arguments, BallArray.carry)
            if balls is None or _narrow(_read(balls), ACCURATE):
                break
    return balls


def _on_balls(
    gradient: Gradient, arguments: Arrays, carry: Callable[[Any], Balls]
) -> dict[str, Balls] | None:
    if isinstance(gradient, FrameworkCode):
        return None
    point = {name: carry(array) for name, array in arguments.items()}
    try:
        value, returned = gradient(point)
        balls = {name: carry(array) for name, array in {"value": value, **returned}.items()}
    except Undecided:
        raise
    except Exception:  # it will show in the problem's own dtype if it is a mistake
        return None
    fits = all(n in balls and balls[n].shape == array.shape for n, array in arguments.items())
    return {name: balls[name] for name in ("value", *arguments)} if fits else None


def _read(balls: Mapping[str, BallArray]) -> dict[str, Enclosure]:
    enclosures = {}
    for name, array in balls.items():
        middle = midpoints(array)
        rounded = 2 * unit_roundoff(WIDE) * np.abs(middle) + UNDERFLOW
        enclosures[name] = middle, radii(array) * (1 + 2.0**-50) + rounded
    return enclosures


def _in_floats(problem: Problem, subject: str, noise: Callable[[], Mapping[str, Any]]) -> Formula:
    gradient = problem.gradients[subject]
    dtype = np.dtype(WIDE if problem.size <= LARGEST_WIDE else np.float64)
    if isinstance(gradient, FrameworkCode):
        dtype = np.dtype(gradient.widest)
    gradients, broken = call(gradient, problem.cast(dtype))
    narrower = unit_roundoff(dtype) / unit_roundoff(np.float64)
    sound = {name: array for name, array in gradients.items() if name not in broken}
    spreads = noise()
    own = {
        name: rounding_bound(spreads.get(name, np.inf) * narrower, array, dtype)
        for name, array in sound.items()
    }
    return Formula(sound, own, broken)
