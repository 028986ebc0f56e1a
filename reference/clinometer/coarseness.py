"""Functions in which something has fewer digits than the numbers in which they are judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from clinometer.adapters.trial import Trial
from clinometer.agreement import HIDDEN
from clinometer.comparison import Comparison
from clinometer.examination import Examination
from clinometer.leniency import is_small
from clinometer.problem import Problem
from clinometer.rounding import function_noise

#: What constants rounded to float32 do to a gradient at most, as a part of its largest number.
CONSTANTS = 2.0**-12
#: The witnesses to whom constants are all the same.
UNTOUCHED = {"contract", "rounding", "state", "cotangents"}
#: Noise that is a larger part of the value is not that of float64.
NOISY = 2.0**-36
ROUNDS = (
    f"{HIDDEN}: the function rounds to fewer digits inside, as by astype; judge it without that"
)


def told(c: Comparison, trial: Trial, examination: Examination) -> Comparison:
    """The comparison, as inconclusive where constants may do that, and with why it is if they hide.

    Constants that the function has rounded need not be those that its gradient has rounded.
    """
    if c.reason == HIDDEN and _rounds(trial.problem):
        return replace(c, reason=ROUNDS)
    if not trial.rounded or c.witness in UNTOUCHED or not c.accuses:
        return c
    if not is_small(c, CONSTANTS, examination):
        return c
    reason = f"off by {c.error:.2g}, which constants may do that the function rounds to its dtype"
    return replace(c, status="inconclusive", reason=reason)


@np.errstate(all="ignore")  # what is not finite is larger than nothing
def _rounds(problem: Problem) -> bool:
    """Whether the function in float64 has not the digits of float64."""
    value: Any = np.abs(np.asarray(problem.function(problem.cast("float64")), np.float64))
    return bool(function_noise(problem, "float64") > NOISY * value)
