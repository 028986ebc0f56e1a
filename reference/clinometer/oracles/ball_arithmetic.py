"""Central differences of the function alone, on balls of 320 bits and more.

With that many digits the dilemma of the step is gone: at h = 2⁻⁸⁰ the truncation error is below
2⁻¹⁵⁰, and rounding, which the radius proves, is as small. No kink lies inside the stencil unless
the point is on it. One direction probes a whole array.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

import numpy as np
from flint import ctx

from clinometer.balls import LARGEST, Ball, BallArray, Undecided, magnitudes, midpoints, radii
from clinometer.directions import Directions
from clinometer.estimate import Estimate, Refused
from clinometer.problem import Problem, scale

REQUIRES = "python-flint"
STRIDE = 1
SIZES = range(LARGEST + 1)
NATURE = "difference"

PRECISIONS = (320, 1024, 4096)
MISS = 1e-6
CONCLUSIVE = 2.0**-40  # of the slope: more bits where the uncertainty is above
FEW = 1000  # elements of the arguments, up to which each may be moved by itself where need be
NEGLIGIBLE = 2.0**-400  # of the largest slope: no more bits where the uncertainty is below


Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Slope:
    """A derivative along one direction, how far off it may be, and whether there is a kink.

    On a kink it is the middle of the slopes on the two sides, and the uncertainty takes in both.
    """

    value: Any
    uncertainty: float
    kink: bool


def estimate(problem: Problem) -> Estimate:
    """Five evaluations of the function and four for each argument, or a multiple of that.

    Raises Refused for a function that does not run on balls, or that branches on a number
    which 4096 bits do not tell from another.
    """
    directions = {name: Directions(name, array) for name, array in problem.arguments.items()}
    probes = {name: (name, several[0]) for name, several in directions.items()}
    slopes, evaluations = _slopes(problem, probes)
    return Estimate(
        "ball_arithmetic",
        {name: midpoints(slope.value).reshape(1) for name, slope in slopes.items()},
        {name: np.array([slope.uncertainty]) for name, slope in slopes.items()},
        evaluations,
        kinks={name: np.array([slope.kink]) for name, slope in slopes.items()},
        directions=directions,
        miss=MISS,
        exact=True,
        balls={name: slope.value for name, slope in slopes.items()},
        closer=cache(partial(_by_element, problem)) if problem.size <= FEW else None,
    )


def _by_element(problem: Problem, name: str) -> Estimate:
    array = problem.arguments[name]
    sizes = scale(array)
    probes: dict[tuple[int, ...], tuple[str, Any]] = {}
    for index in np.ndindex(array.shape):
        along = np.zeros(array.shape)
        along[index] = sizes[index]
        probes[index] = name, along
    slopes, evaluations = _slopes(problem, probes)

    def collected(read: Callable[[Slope], Any], dtype: Any) -> Any:
        return np.array([read(slopes[i]) for i in probes], dtype=dtype).reshape(array.shape)

    return Estimate(
        "ball_arithmetic",
        {name: collected(lambda slope: midpoints(slope.value), np.longdouble) / sizes},
        {name: collected(lambda slope: slope.uncertainty, np.float64) / sizes},
        evaluations,
        kinks={name: collected(lambda slope: slope.kink, bool)},
        exact=True,
    )


def _slopes(
    problem: Problem, probes: Mapping[Key, tuple[str, Any]]
) -> tuple[dict[Key, Slope], int]:
    """Along each direction of the array that goes with it, and the evaluations of the function."""
    slopes: dict[Key, Slope] = {}
    missing, evaluations = list(probes), 0
    for bits in PRECISIONS:
        try:
            with ctx.workprec(bits):
                point = {n: BallArray.carry(array) for n, array in problem.arguments.items()}
                centre = _evaluate(problem, point)
                for key in missing:
                    slopes[key] = _slope(problem, point, *probes[key], centre, bits)
        except Undecided as error:
            if bits == PRECISIONS[-1]:
                raise Refused(str(error)) from error
            continue
        evaluations += 1 + 4 * len(missing)
        missing = [key for key in missing if not _conclusive(slopes[key], slopes.values())]
        if not missing:
            break
    return slopes, evaluations


def _slope(
    problem: Problem, point: Mapping[str, BallArray], name: str, along: Any, centre: Any, bits: int
) -> Slope:
    """Differences over one step and over two, whose contrast tells truncation and kinks."""
    step = BallArray.carry(2.0 ** -(bits // 4))
    above, below, far_above, far_below = (
        _evaluate(problem, {**point, name: point[name] + number * step * along})
        for number in (1, -1, 2, -2)
    )
    slope, coarse = (above - below) / (2 * step), (far_above - far_below) / (4 * step)
    # The one-sided slopes differ by h f'' + O(h³) where f is smooth, and by a constant on a kink.
    # What may be 0 is never one: at most twice its radius, which far_jump - jump has as well.
    jump, far_jump = (
        (above - 2 * centre + below) / step,
        (far_above - 2 * centre + far_below) / (2 * step),
    )
    kink = magnitudes(far_jump - jump) < magnitudes(jump) / 2
    uncertainty = magnitudes(slope - coarse) + 2 * radii(slope)
    if kink:
        uncertainty += magnitudes(jump) / 2 + magnitudes(far_jump - jump)
    return Slope(slope, float(uncertainty), bool(kink))


def _evaluate(problem: Problem, point: Mapping[str, BallArray]) -> Any:
    try:
        value = problem.function(point)
    except Undecided:
        raise
    except Exception as error:  # whatever it is, this code does not take balls
        raise Refused(f"the function does not run on balls: {error}") from error
    if not isinstance(value, (Ball, BallArray)):
        raise Refused(f"the function turned balls into {type(value).__name__}")
    return BallArray.carry(value)


def _conclusive(slope: Slope, slopes: Iterable[Slope]) -> bool:
    """True where more bits would add nothing: well known, or nothing beside the others."""
    largest = max(float(magnitudes(other.value)) for other in slopes)
    own = float(magnitudes(slope.value))
    return slope.kink or slope.uncertainty <= max(CONCLUSIVE * own, NEGLIGIBLE * largest)
