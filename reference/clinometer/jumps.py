"""Whether a function jumps at a point, where it has no gradient at all."""

from __future__ import annotations

import numpy as np

from clinometer.directions import Directions
from clinometer.problem import Arrays, Problem
from clinometer.rounding import function_noise, unit_roundoff

#: Two distances from the point: what is continuous changes by less over the nearer one.
NEAR, NEARER = 2.0**-40, 2.0**-48
#: A change by so many times rounding is one.
CLEAR = 64.0
#: By this part a jump may differ over the two.
SAME = 0.125


@np.errstate(all="ignore")  # what is not finite is no jump
def jumps_at(problem: Problem) -> bool:
    """Whether the function changes by as much however near it is to the point, on any side.

    By five evaluations: with all elements up, all down, and some of them the other way. What is
    taken for a jump is tried nearer to the point, and beside rounding where there is none.
    """
    centre = float(problem.function(problem.arguments))
    random = {n: Directions(n, array)[0] for n, array in problem.arguments.items()}
    alike = {n: np.abs(along) for n, along in random.items()}

    def change(along: Arrays, step: float) -> float:
        moved = {n: array + step * along[n] for n, array in problem.arguments.items()}
        return float(problem.function(moved)) - centre

    least = CLEAR * unit_roundoff(np.float64) * abs(centre)
    for along, side in ((way, side) for way in (alike, random) for side in (1, -1)):
        near = change(along, side * NEAR)
        if abs(near) > least and abs(change(along, side * NEARER) - near) <= SAME * abs(near):
            return abs(near) > CLEAR * function_noise(problem.nudged(1), np.float64)
    return False
