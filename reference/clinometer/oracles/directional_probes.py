"""Central differences of the function in float64 along a few directions for each array.

For problems too large to move their elements one by one.
"""

from __future__ import annotations

import sys

import numpy as np

from clinometer.estimate import ELEMENTWISE, Estimate
from clinometer.probing import Prober
from clinometer.problem import Problem

REQUIRES = "numpy"
STRIDE = 1
SIZES = range(ELEMENTWISE.stop, sys.maxsize)
NATURE = "difference"


@np.errstate(all="ignore")  # what is not finite shows in the uncertainty
def estimate(problem: Problem) -> Estimate:
    """Ten evaluations of the function and eight for each argument, or a little more."""
    return Prober(problem).estimate()
