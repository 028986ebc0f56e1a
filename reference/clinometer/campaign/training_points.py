"""Points along a training: a network's parameters after some steps, instead of its first ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clinometer.architecture import Case
from clinometer.arrays import exact_in
from clinometer.registry import Subject
from clinometer.rounding import norm

STEPS = 8
#: The length of a step, for gradients that are longer than 1.
STEP = 0.125


def trained(case: Case, maker: Subject) -> Case:
    """The case after steps along its own gradient, which is on trial: it may lead anywhere.

    Where it leads to no numbers, or the code breaks off, the case stays as it is.
    """
    problem = maker.problem(case)
    gradient = problem.gradients[problem.traced or next(iter(problem.gradients))]
    point = dict(problem.arguments)
    parameters = [name for name in case.architecture.parameter_shapes if name in point]
    try:
        with np.errstate(all="ignore"):
            for _ in range(STEPS):
                slopes = gradient(point)[1]
                length = max(1.0, norm(np.array([norm(slopes[name]) for name in parameters])))
                for name in parameters:
                    moved = point[name] - STEP / length * slopes[name]
                    point[name] = exact_in(case.dtype, moved)
        return replace(case, parameters={name: point[name].tolist() for name in parameters})
    except Exception:  # what it raises will be seen at the first point
        return case
