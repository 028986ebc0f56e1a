"""The right formula with fewer digits than its dtype holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake
from clinometer.dtypes import DTYPES
from clinometer.rounding import largest, unit_roundoff

#: Errors as large as this one makes are rarely those of a formula.
HINTED = "float32"
#: In units roundoff of the largest element: as large an error a narrow dtype makes, no less ...
LEAST = 1 / 16
#: ... and no more.
SUMS = 4
#: Rounding spares few elements.
MOST = 0.5


@mistake("lost precision")
def lost_precision(wrong: Wrong) -> Iterator[Candidate]:
    """Rounded to a narrower dtype; or only as far off as computing in one would make it."""
    if not wrong.same_shape or np.iscomplexobj(wrong.trial) or wrong.elements.mean() < MOST:
        return
    worst, size = largest(wrong.error), largest(wrong.right)
    for dtype in _narrower(wrong):
        unit = float(unit_roundoff(dtype))
        made = wrong.right.astype(dtype).astype(wrong.right.dtype)
        sentence = f"it is rounded to {dtype}, as by a detour through that dtype"
        yield Candidate(made, sentence, scalable=False)
        if dtype == HINTED and LEAST * unit * size <= worst <= SUMS * unit * size:
            share = f"{worst / size:.1g} of its largest element"
            sentence = f"it is off by {share}, as far as computing in {dtype} would put it"
            yield Candidate(made, sentence, hint=True)


@mistake("straight through")
def straight_through(wrong: Wrong) -> Iterator[Candidate]:
    """A gradient, as of the identity, of what does not change but in jumps."""
    if wrong.same_shape and not np.any(np.abs(wrong.right) > wrong.uncertainty):
        sentence = "the reference is zero everywhere, and it is not: a straight-through estimator?"
        yield Candidate(wrong.right, sentence, hint=True)


def _narrower(wrong: Wrong) -> list[str]:
    """Dtypes narrower than the one on trial, the widest first."""
    mine = unit_roundoff(wrong.context.dtype)
    return [dtype for dtype in DTYPES if unit_roundoff(dtype) > mine]
