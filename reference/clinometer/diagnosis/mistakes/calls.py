"""What shows in the cotangent or in another call."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake


@mistake("cotangent ignored")
def cotangent_ignored(wrong: Wrong) -> Iterator[Candidate]:
    """It does not change with the cotangent, or it is the right one with that divided out."""
    scaled = wrong.context.scaled
    if scaled and np.any(np.abs(wrong.trial) > wrong.tolerance):
        sentence = "the cotangent is ignored: twice the cotangent gives the same"
        yield Candidate(np.asarray(scaled(2.0)), sentence, scalable=False, whole=True)
    for name, cotangent in wrong.context.cotangents.items():
        if np.shape(cotangent) == wrong.right.shape:
            yield wrong.by(np.divide, f"the cotangent of {name} is ignored", cotangent)


@mistake("cotangent used twice")
def cotangent_used_twice(wrong: Wrong) -> Iterator[Candidate]:
    scaled = wrong.context.scaled
    if scaled and np.any(np.abs(wrong.trial) > wrong.tolerance):
        sentence = "the cotangent is used twice: twice the cotangent gives four times as much"
        yield Candidate(np.asarray(scaled(2.0)) / 4, sentence, scalable=False, whole=True)
    for name, cotangent in wrong.context.cotangents.items():
        if np.shape(cotangent) == wrong.right.shape:
            yield wrong.by(np.multiply, f"the cotangent of {name} is used twice", cotangent)


@mistake("accumulated")
def accumulated(wrong: Wrong) -> Iterator[Candidate]:
    """Every call adds the right gradient to what the one before has left."""
    again = wrong.context.again
    if again is not None and wrong.same_shape and not np.array_equal(again, wrong.trial):
        sentence = "each call adds to what the one before returned: it is never reset"
        yield Candidate(np.asarray(again) - wrong.right, sentence, scalable=False, whole=True)


@mistake("stale input")
def stale_input(wrong: Wrong) -> Iterator[Candidate]:
    """It is one of another point, and after a call at this one it is another."""
    before, again = wrong.context.before, wrong.context.again
    if before is not None and (again is None or not np.array_equal(again, wrong.trial)):
        yield Candidate(np.asarray(before()), "it belongs to the point of the call before")
