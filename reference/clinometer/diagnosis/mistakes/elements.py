"""Some elements are wrong and the others right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clinometer.diagnosis.where import region
from clinometer.diagnosis.wrong import Candidate, Wrong, fit, mistake

#: So many rows are not right and wrong by chance just where an index is repeated.
MANY = 8


@mistake("duplicates overwritten")
def duplicates_overwritten(wrong: Wrong) -> Iterator[Candidate]:
    """Of equal indices one wins where their terms should be added up."""
    for name, index in _indices(wrong):
        rows, counts = np.unique(index, return_counts=True)
        for where, terms in _alike(wrong, index):
            for which, order in (("last", slice(None)), ("first", slice(None, None, -1))):
                made = np.zeros_like(wrong.right)
                made[index.reshape(-1)[order]] = terms[order]
                text = f"of equal indices in {name} the {which} one's {where} wins: they must add"
                yield Candidate(made, text, scalable=False)
        repeated = np.zeros(len(wrong.right), dtype=bool)
        repeated[rows[counts > 1]] = True
        wrongly = wrong.elements.reshape(len(wrong.right), -1).any(1)
        if len(repeated) >= MANY and repeated.any() and np.array_equal(repeated, wrongly):
            text = f"it is wrong just where {name} repeats an index: terms are overwritten"
            yield _confined(wrong, text)


def _indices(wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """Integers among the arguments that may be rows of the gradient."""
    for name, argument in wrong.context.arguments.items():
        index = np.asarray(argument)
        fits = index.dtype.kind in "iu" and index.size > 1 and wrong.right.ndim
        if wrong.same_shape and fits and 0 <= index.min() <= index.max() < len(wrong.right):
            yield name, index


def _alike(wrong: Wrong, index: Any) -> Iterator[tuple[str, Any]]:
    """Cotangents with a row for each index."""
    for cotangent in wrong.context.cotangents.values():
        if np.shape(cotangent) == (*index.shape, *wrong.right.shape[1:]):
            yield "cotangent", np.asarray(cotangent).reshape(index.size, *wrong.right.shape[1:])


@mistake("some elements")
def some_elements(wrong: Wrong) -> Iterator[Candidate]:
    """Zero, or multiplied, or wrong in whatever way, in a place that can be named."""
    if not wrong.same_shape or wrong.elements.all() or not np.isfinite(wrong.trial).all():
        return
    place = region(wrong.elements, wrong.context.arguments)
    if place is None:
        return
    at = place if place.startswith("where") else f"in {place}"
    factor = fit(wrong.trial[wrong.elements], wrong.right[wrong.elements])
    scaled = np.where(wrong.elements, factor * wrong.right, wrong.right)
    if not wrong.trial[wrong.elements].any():
        yield _confined(wrong, f"it is zero {at}, and right elsewhere")
    elif not np.any(
        np.abs(scaled - wrong.trial)[wrong.elements] > wrong.error[wrong.elements] / 1e6
    ):
        yield _confined(wrong, f"it is {factor:.6g} × the reference {at}, and right elsewhere")
    else:
        yield _confined(wrong, f"it is wrong {at} only")


def _confined(wrong: Wrong, sentence: str) -> Candidate:
    """The right gradient with the wrong elements in it: the right ones speak for it."""
    made = np.where(wrong.elements, wrong.trial, wrong.right)
    return Candidate(made, sentence, free=int(wrong.elements.sum()), evidence=made.size)
