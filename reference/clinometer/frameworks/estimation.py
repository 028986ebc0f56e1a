"""A framework's gradient as an estimate: in float64, with how far off rounding may have put it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from clinometer.contract import call
from clinometer.estimate import Estimate, Refused, rounding_uncertainty
from clinometer.problem import FrameworkCode, Problem
from clinometer.rounding import SAMPLES, gradient_noise, largest, rounding_bound, unit_roundoff

WIDE, NARROW = "float64", "float32"
#: Two precisions whose results differ by less, beside the largest, may have lost the same digits;
#: and an array that is smaller than this beside the others may hold nothing but rounding.
SUSPICIOUS = 2.0**-28
#: What a framework fuses may round a little more than the operations that stand for it.
MARGIN = 2.0


class FrameworkGradient(FrameworkCode, Protocol):
    """A gradient by a framework's reverse mode."""

    @property
    def forward(self) -> FrameworkCode:
        """The function alone."""


def estimate(oracle: str, gradient: FrameworkGradient, problem: Problem) -> Estimate:
    """The gradient in float64, and again in float32 to learn how far rounding goes.

    Where both saturate to the same number, where float32 overflows or little is left of an array,
    their contrast says nothing. There the spread under stochastic arithmetic counts, which takes
    much longer. Raises Refused where the framework's code fails.
    """
    wide, narrow = (_called(gradient, problem, dtype) for dtype in (WIDE, NARROW))
    bounds = {name: _contrast(array, narrow[name]) for name, array in wide.items()}
    least = SUSPICIOUS * max(largest(array) for array in wide.values())
    if any(_is_suspicious(wide[n], narrow[n]) or largest(wide[n]) < least for n in wide):
        on_trial = replace(problem, gradients={oracle: gradient})
        spreads = gradient_noise(on_trial, oracle, WIDE, samples=SAMPLES)
        bounds = {n: MARGIN * rounding_bound(spreads[n], a, WIDE) for n, a in wide.items()}
    floors = {name: 8 * unit_roundoff(WIDE) * largest(array) for name, array in wide.items()}
    bounds = {name: bound + floors[name] for name, bound in bounds.items()}
    return Estimate(oracle, wide, bounds, evaluations=2, read=gradient.forward)


def _called(gradient: FrameworkCode, problem: Problem, dtype: str) -> dict[str, Any]:
    gradients, broken = call(gradient, problem.cast(dtype))
    if broken:
        raise Refused(next(iter(broken.values())))
    return gradients


def _contrast(wide: Any, narrow: Any) -> Any:
    return rounding_uncertainty(wide, narrow, unit_roundoff(WIDE), unit_roundoff(NARROW))


def _is_suspicious(wide: Any, narrow: Any) -> bool:
    difference = largest(wide - narrow)  # NaN and infinity are as suspicious as none
    return not SUSPICIOUS * largest(wide) < difference < np.inf
