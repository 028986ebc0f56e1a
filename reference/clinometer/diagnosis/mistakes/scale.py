"""The right gradient times a number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, fit, mistake
from clinometer.rounding import norm

#: Relative, up to which a fitted factor is a known one.
FITS = 1e-3
#: Denominators and numerators of fractions that are recognised.
SMALL = 12


@mistake("zero")
def zero(wrong: Wrong) -> Iterator[Candidate]:
    if not wrong.trial.any():
        yield wrong.by(np.zeros_like, "it is zero or missing")


@mistake("sign")
def sign(wrong: Wrong) -> Iterator[Candidate]:
    yield _times(wrong, -1, "it is -1 × the reference: a sign is flipped")


@mistake("sum for mean")
def sum_for_mean(wrong: Wrong) -> Iterator[Candidate]:
    for number, what in counts(wrong).items():
        sentence = (
            f"it is {number} × the reference: {number} is {what}; as of a mean that became a sum"
        )
        yield _times(wrong, number, sentence)


@mistake("mean for sum")
def mean_for_sum(wrong: Wrong) -> Iterator[Candidate]:
    for number, what in counts(wrong).items():
        sentence = (
            f"it is 1/{number} × the reference: {number} is {what}; as of a sum that became a mean"
        )
        yield _times(wrong, 1 / number, sentence)


@mistake("constant factor")
def constant_factor(wrong: Wrong) -> Iterator[Candidate]:
    """The one that fits best, by its name if it has one; counts are told by themselves."""
    if not wrong.same_shape or not (factor := fit(wrong.trial, wrong.right)):
        return
    slack = norm(np.abs(wrong.trial - factor * wrong.right)) + norm(wrong.uncertainty)
    slack = slack / norm(np.abs(wrong.right)) / math.sqrt(wrong.right.size) + wrong.roundoff * abs(
        factor
    )
    known = {v: text for v, text in named(wrong).items() if abs(v - factor) <= 4 * slack}
    value = min(known, key=lambda v: abs(v - factor), default=factor)
    if abs(value - factor) > FITS * abs(factor):
        value, known = factor, {}
    if abs(value) not in {n for c in counts(wrong) for n in (c, 1 / c)}:
        number = f"{value:.6g}" if abs(value - 1) > 1e-5 else f"(1{value - 1:+.2g})"
        text = known.get(value, number)
        yield _times(wrong, value, f"it is {text} × the reference", free=not known)


def _times(wrong: Wrong, factor: float, sentence: str, free: bool = False) -> Candidate:
    return replace(wrong.by(np.multiply, sentence, factor), free=free, scalable=False)


def counts(wrong: Wrong) -> dict[int, str]:
    """Numbers above 2 by what they count: those of the context, then all sizes."""
    found = {n: what for what, n in reversed(list(wrong.context.counts.items()))}
    arrays = {wrong.name: wrong.right, **wrong.context.cotangents, **wrong.context.arguments}
    for name, array in arrays.items():
        shape = np.shape(array)
        for axis, size in enumerate(shape):
            found.setdefault(size, f"the size of axis {axis} of {name}")
        found.setdefault(math.prod(shape), f"the number of elements of {name}")
        for first, last in combinations(range(len(shape)), 2):
            several = math.prod(shape[first : last + 1])
            found.setdefault(several, f"the size of axes {first} to {last} of {name} together")
    return {n: what for n, what in found.items() if n > 2}  # 2 is more often the square's


def named(wrong: Wrong) -> dict[float, str]:
    """Numbers that a factor often is, of both signs, in words; the plainest of equal ones."""
    small = range(1, SMALL + 1)
    fractions = {Fraction(p, q) for p in small for q in small} - {1}
    found = {float(fraction): str(fraction) for fraction in fractions}
    for n, what in counts(wrong).items():
        for value, text in _made_of(n).items():
            found.setdefault(value, f"{text} ({n} is {what})")
    for n in range(2, SMALL + 1):
        found.setdefault(math.sqrt(n), f"√{n}")
        found.setdefault(1 / math.sqrt(n), f"1/√{n}")
    return found | {-value: f"-{text}" for value, text in found.items()}


def _made_of(n: int) -> dict[float, Any]:
    root = math.sqrt(n)
    return {
        1 / root: f"1/√{n}",
        root: f"√{n}",
        2 / n: f"2/{n}",
        n / 2: f"{n}/2",
        (n - 1) / n: f"{n - 1}/{n}",
        n / (n - 1): f"{n}/{n - 1}",
        1.0 / n**2: f"1/{n}²",
        float(n**2): f"{n}²",
    }
