"""Whether a function jumps at a point, where it has no gradient at all."""

from __future__ import annotations

import numpy as np

from clinometer.directions import Directions
from clinometer.problem import Problem, value_at
from clinometer.rounding import function_noise

#: Two distances from the point: what is continuous changes by less over the nearer one.
NEAR, NEARER = 2.0**-40, 2.0**-48
#: By this part a jump may differ over the two.
SAME = 0.125
#: A change by this part of the value, and by so many times rounding, is worth a closer look.
PART, CLEAR = 2.0**-30, 64.0


@np.errstate(all="ignore")  # what is not finite is no jump
def jumps_at(problem: Problem) -> bool:
    """Whether the function changes by as much however near it is to the point.

    By three evaluations: with all elements up and with all down. What is taken for a jump is tried
    nearer to the point, and held to the rounding beside it: on a jump, that decides between sides.
    """
    centre = float(problem.function(problem.arguments))
    up = {name: np.abs(Directions(name, array)[0]) for name, array in problem.arguments.items()}

    def change(step: float) -> float:
        moved = {name: array + step * up[name] for name, array in problem.arguments.items()}
        return float(value_at(problem.function, moved)) - centre

    for side in (1, -1):
        near = change(side * NEAR)
        if abs(near) > PART * abs(centre) and abs(change(side * NEARER) - near) < SAME * abs(near):
            return abs(near) > CLEAR * function_noise(problem.nudged(1), np.float64)
    return False
