"""Sums over too much, over too little, or of some of their terms only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake


@mistake("missing reduction")
def missing_reduction(wrong: Wrong) -> Iterator[Candidate]:
    """The gradient on trial has axes too many, and summed over them it is right."""
    shape, trial = wrong.right.shape, wrong.trial
    for axes in _some(range(trial.ndim)) if not wrong.same_shape else ():
        summed = trial.sum(axes)
        if _without_ones(summed.shape) == _without_ones(shape) and summed.size < trial.size:
            sentence = f"it is not summed over {_named(axes)}"
            yield Candidate(wrong.right, sentence, observed=summed.reshape(shape))


@mistake("extra reduction")
def extra_reduction(wrong: Wrong) -> Iterator[Candidate]:
    """The right gradient summed or averaged over axes, and spread over them again or not."""
    long = [axis for axis, size in enumerate(wrong.right.shape) if size > 1]
    for axes in _some(long):
        for how, reduce in (("summed", np.sum), ("averaged", np.mean)):
            kept = reduce(wrong.right, axis=axes, keepdims=True)
            if wrong.same_shape:
                spread = np.broadcast_to(kept, wrong.right.shape)
                yield Candidate(
                    spread,
                    f"it is {how} over {_named(axes)} and the same all along",
                    bound=reduce(wrong.uncertainty, axis=axes, keepdims=True),
                    scalable=kept.size > 1,  # else any number is as much as any other
                )
            elif kept.size == wrong.trial.size:
                reduced = kept.reshape(wrong.trial.shape)
                yield Candidate(reduced, f"it is {how} over {_named(axes)}, which it must keep")


@mistake("one sample's term")
def one_sample(wrong: Wrong) -> Iterator[Candidate]:
    for what, terms in _terms(wrong):
        for n in _nearest(terms, wrong.trial):
            term = f"it is one {what}'s term, number {n} of {len(terms)}"
            yield Candidate(terms[n], f"{term}: the sum over the {what}s is missing")
    for what, corner in wrong.context.corners.items() if wrong.same_shape else ():
        yield Candidate(corner(), f"it is the term of the {what}: the sum over the rows is missing")


@mistake("samples left out")
def samples_left_out(wrong: Wrong) -> Iterator[Candidate]:
    """One of them, the last ones, or the first ones."""
    for what, terms in _terms(wrong):
        if len(terms) < 3:  # of two, the other one's term is all there is
            continue
        for n in _nearest(terms, wrong.right - wrong.trial):
            yield Candidate(wrong.right - terms[n], f"the term of {what} {n} is left out")
        partial = np.cumsum(terms, axis=0)[:-1]
        for n in _nearest(partial, wrong.trial):
            text = f"the last {len(terms) - 1 - n} of {len(terms)} {what}s are left out"
            yield Candidate(partial[n], text)
        for n in _nearest(partial, wrong.right - wrong.trial):
            text = f"the first {n + 1} of {len(terms)} {what}s are left out"
            yield Candidate(wrong.right - partial[n], text)


def _terms(wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """The terms of the right gradient, by what each of them is for."""
    for what, known in wrong.context.terms.items() if wrong.same_shape else ():
        terms = np.asarray(known())
        if len(terms) > 1:
            yield what, terms


def _nearest(terms: Any, wanted: Any) -> list[int]:
    """The number of the term that comes nearest; also of the one nearest but for a factor."""
    flat, goal = terms.reshape(len(terms), -1), wanted.reshape(-1)
    norms = np.linalg.norm(flat.astype(complex), axis=1)
    likeness = np.abs(flat @ goal.conj()) / np.where(norms, norms, 1)
    return list({int(np.argmin(np.abs(flat - goal).sum(1))), int(np.argmax(likeness))})


def _some(axes: Any) -> Iterator[tuple[int, ...]]:
    """Every choice of one or more of the axes, small ones first."""
    for count in range(1, len(axes) + 1):
        yield from combinations(axes, count)


def _without_ones(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape if size != 1]


def _named(axes: tuple[int, ...]) -> str:
    return ("axes " if len(axes) > 1 else "axis ") + ", ".join(map(str, axes))
