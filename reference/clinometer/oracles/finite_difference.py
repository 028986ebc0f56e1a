"""Central differences over a ladder of steps, extrapolated, with a bound on their error.

For each element the function is evaluated at x ± hₖ, hₖ = s 4⁻ᵏ for k = 1, 2, 3 …, where s is a
power of two near the element's size. Richardson's tableau takes the truncation error away and
tells how much is left of it. The noise of the function is measured inside the function, by
stochastic arithmetic. All is done in the widest dtype that the function takes.

A kink shows in the one-sided slopes, whose difference does not vanish with the step. There the
answer is not one slope but all from the one side's to the other's: a subgradient is any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clinometer.estimate import ELEMENTWISE, Estimate
from clinometer.formula import WIDE
from clinometer.problem import FrameworkCode, Problem, scale, value_at
from clinometer.richardson import RATIO, extrapolate, kinks
from clinometer.rounding import function_noise, smallest, unit_roundoff

REQUIRES = "numpy"
STRIDE = 1
SIZES = ELEMENTWISE
NATURE = "difference"

LEVELS = 10
FIRST_LEVELS = 5  # enough where the function is smooth; the finer steps then add only noise
#: Units roundoff of the largest slope of the array; where the error is above, all steps are used.
ACCURATE = 2.0**26
TOP = 0.25  # the largest step, in units of the scale


@np.errstate(all="ignore")  # the larger steps may leave the domain of the function
def estimate(problem: Problem) -> Estimate:
    """10 or 20 evaluations of the function for each element of its arguments, and a few more.

    On a kink the gradient is the middle of the slopes on the two sides, and the uncertainty
    takes in both.
    """
    surroundings = _surroundings(problem)
    ladders = {name: _climb(surroundings, name) for name in problem.arguments}
    return Estimate(
        "finite_difference",
        {name: ladder.slope for name, ladder in ladders.items()},
        {name: ladder.error for name, ladder in ladders.items()},
        evaluations=1 + sum(ladder.evaluations for ladder in ladders.values()),
        kinks={name: ladder.kink for name, ladder in ladders.items()},
    )


@dataclass(frozen=True)
class _Surroundings:
    """The problem in the dtype used, the function's value at the point, and how noisy that is."""

    problem: Problem
    dtype: Any
    centre: Any
    noise: float


def _surroundings(problem: Problem) -> _Surroundings:
    """In WIDE if the function takes it, else in float64."""
    dtype = _widest(problem)
    centre = np.asarray(problem.function(problem.cast(dtype)), dtype=dtype)
    return _Surroundings(problem, dtype, centre, function_noise(problem, dtype))


def _widest(problem: Problem) -> Any:
    if isinstance(problem.function, FrameworkCode):
        return np.dtype(problem.function.widest)
    try:
        taken = np.asarray(problem.function(problem.cast(WIDE))).dtype == WIDE
    except Exception:  # whatever it is, this code does not take so wide numbers
        taken = False
    return WIDE if taken else np.float64


@dataclass(frozen=True)
class _Ladder:
    """The slope for each element, the bound on its error, and whether there is a kink."""

    slope: Any
    error: Any
    kink: Any
    evaluations: int


def _climb(surroundings: _Surroundings, name: str) -> _Ladder:
    """All elements of one argument by the larger steps, the doubtful ones by all steps."""
    array = surroundings.problem.arguments[name]
    rungs = _Rungs(surroundings, name)
    everyone = np.arange(array.size)
    slope, error, kink = rungs.slopes(everyone, FIRST_LEVELS)
    accurate = ACCURATE * unit_roundoff(surroundings.dtype)
    doubtful = everyone[kink | ~(error <= accurate * np.max(np.abs(slope), initial=0.0))]
    if doubtful.size:
        finer = rungs.slopes(doubtful, LEVELS)
        for chosen, better in zip((slope, error, kink), finer, strict=True):
            chosen[doubtful] = better
    if kink.any():
        slope[kink], error[kink] = rungs.subgradients(everyone[kink])
    slope, error, kink = (part.reshape(array.shape) for part in (slope, error, kink))
    return _Ladder(slope, error, kink, rungs.evaluations)


class _Rungs:
    """The function at x ± h for the elements of one argument, evaluated once for each step."""

    def __init__(self, surroundings: _Surroundings, name: str) -> None:
        arguments = surroundings.problem.cast(surroundings.dtype)
        self.surroundings = surroundings
        self.point = arguments[name].copy()
        self.arguments = {**arguments, name: self.point}
        self.steps = TOP * scale(self.point).reshape(-1, 1) * RATIO ** -np.arange(LEVELS)
        self.above, self.below = np.full((2, *self.steps.shape), np.nan, surroundings.dtype)
        self.levels = 0
        self.evaluations = 0

    def slopes(self, elements: Any, levels: int) -> tuple[Any, Any, Any]:
        """Slope, error and kink for some elements from the first so many steps."""
        for element in elements:
            self._evaluate(element, range(self.levels, levels))
        self.levels = levels
        right, left, rounding = self._one_sided(elements)
        lasting, possible = kinks(right - left, rounding)
        limit = extrapolate((right + left) / 2, rounding, 2, possible)
        kink = np.take_along_axis(lasting, limit.level[:, None], axis=-1)[:, 0] > 0
        return limit.value, limit.error, kink

    def subgradients(self, elements: Any) -> tuple[Any, Any]:
        """The middle of the slopes on the two sides, and how far the outer of them may lie.

        Another kink, close by, may hide in the rounding of the finest step.
        """
        right, left, rounding = self._one_sided(elements)
        hidden = 2 * rounding[:, -1:]
        sides = [extrapolate(side, 2 * rounding, 1, hidden) for side in (right, left)]
        low = np.minimum(*(side.value - side.error for side in sides))
        high = np.maximum(*(side.value + side.error for side in sides))
        return (high + low) / 2, (high - low) / 2

    def _one_sided(self, elements: Any) -> tuple[Any, Any, Any]:
        """The difference quotients to the right and to the left; the rounding of their mean.

        The function rounds in proportion to its size, which may be larger at the ends of the
        stencil.
        """
        around, steps = self.surroundings, self.steps[elements, : self.levels]
        above, below = (side[elements, : self.levels] for side in (self.above, self.below))
        largest = np.maximum(np.abs(above), np.abs(below)) + np.abs(around.centre)
        noise = 2 * around.noise + 4 * unit_roundoff(around.dtype) * largest
        noise += smallest(around.problem.function, around.dtype)
        return (above - around.centre) / steps, (around.centre - below) / steps, noise / steps

    def _evaluate(self, element: int, levels: range) -> None:
        function, flat = self.surroundings.problem.function, self.point.reshape(-1)
        here = flat[element]
        for level in levels:
            step = self.steps[element, level]
            flat[element] = here + step
            self.above[element, level] = value_at(function, self.arguments)
            flat[element] = here - step
            self.below[element, level] = value_at(function, self.arguments)
        flat[element] = here
        self.evaluations += 2 * len(levels)
