"""Less than the arithmetic allows, for those who ask for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from clinometer.adapters.trial import SUBJECT
from clinometer.comparison import Comparison
from clinometer.examination import Examination
from clinometer.rounding import largest, norm


def forgiven(c: Comparison, rtol: float, examination: Examination) -> Comparison:
    """The comparison, as an agreement where no error is above that part of the array's largest.

    Along directions, where the slope is off by that part of the gradient's norm at most.
    """
    if not c.accuses or c.witness == "contract" or not is_small(c, rtol, examination):
        return c
    return replace(
        c, status="agree", reason=f"off by {c.error:.2g}, within the rtol={rtol:g} given"
    )


def is_small(c: Comparison, rtol: float, examination: Examination) -> bool:
    """Whether an error is at most that part of its array's largest number."""
    estimates = {estimate.oracle: estimate for estimate in examination.evidence.estimates}
    gradients: Any = examination.formula(SUBJECT).gradients
    if c.array not in gradients:
        return bool(c.error <= rtol * abs(c.reference))
    mine = gradients[c.array]
    if c.along and c.witness in estimates:
        return bool(c.error <= rtol * norm(mine * estimates[c.witness].directions[c.array].scale))
    if c.witness in estimates and not c.beside:
        theirs = estimates[c.witness].gradients[c.array]
        return bool(np.all(np.abs(mine - theirs) <= rtol * largest(theirs)))
    return bool(c.error <= rtol * largest(mine))
