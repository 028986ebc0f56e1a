"""What oracles know of a problem at its point, before any gradient is on trial."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial

import numpy as np

from clinometer.errors import said
from clinometer.estimate import Oracle, Refused
from clinometer.formula import function_value
from clinometer.problem import Problem, is_wider
from clinometer.rounding import gradient_noise
from clinometer.verdict import Evidence


def gather(problem: Problem, oracles: Mapping[str, Oracle]) -> Evidence:
    """What the oracles answer at the problem's point, and how far rounding reaches there."""
    with np.errstate(all="ignore"):
        try:
            problem.function(problem.arguments)
        except Exception as error:  # whatever it is, the code on trial raised it
            raised = f"the function raised {said(error)}"
            if not _runs_as_given(problem):
                return Evidence(failure=raised)
            why = f"{raised}, as it does not in its own dtype"
            return Evidence(refusals={"the formula in float64": why}, failure=raised, own=True)
        estimates = [function_value(problem)]
        refusals: dict[str, str] = {}
        for name, oracle in oracles.items():
            if problem.size < oracle.SIZES.start:
                continue
            if problem.size >= oracle.SIZES.stop:
                refusals[name] = _too_large(problem, oracle)
                continue
            try:
                estimates.append(oracle.estimate(problem))
            except Refused as refusal:
                refusals[name] = str(refusal)
    return Evidence(estimates, cache(partial(gradient_noise, problem)), refusals)


def _runs_as_given(problem: Problem) -> bool:
    """Whether a framework's function that raised in a wider dtype does not in its own."""
    if not is_wider(problem.function, problem.dtype):
        return False
    with suppress(Exception):
        problem.function(problem.cast(problem.dtype))
        return True
    return False


def _too_large(problem: Problem, oracle: Oracle) -> str:
    most = oracle.SIZES.stop - 1
    return f"it is for at most {most:,} elements, and the arguments have {problem.size:,}"
