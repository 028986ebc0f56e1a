"""A term that is missing, or there twice, or that should not be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, distinct, fit, mistake

#: A fitted factor of a term this near to a simple one is that.
NEAR = 1e-4
SIMPLE = (1.0, 2.0, 0.5)


@mistake("path dropped")
def path_dropped(wrong: Wrong) -> Iterator[Candidate]:
    """One of several paths back does not count, or counts twice, or counts alone."""
    for name, part in wrong.context.paths.items():
        yield Candidate(wrong.right - part, f"the path through {name} is dropped")
        yield Candidate(np.asarray(part), f"only the path through {name} counts")
        yield Candidate(wrong.right + part, f"the path through {name} counts twice")


@mistake("missing term")
def missing_term(wrong: Wrong) -> Iterator[Candidate]:
    """The error is a multiple of something known: a penalty, a skip path, another gradient."""
    if not wrong.same_shape:
        return
    for name, term in _terms(wrong):
        fitted = fit(wrong.trial - wrong.right, term)
        simple = next((s for s in _signed() if abs(fitted - s) < NEAR * abs(s)), None)
        if factor := simple or fitted:
            free = simple is None
            yield Candidate(
                wrong.right + factor * term,
                _said(factor, name),
                free=free,
                evidence=_evidence(wrong),
                whole=free,
            )


def _evidence(wrong: Wrong) -> int:
    """Equal errors count, as a term may be the same all over; equal gradients do not."""
    return min(int(wrong.elements.sum()), distinct(wrong.right))


def _signed() -> list[float]:
    return [sign * size for size in SIMPLE for sign in (1, -1)]


def _said(factor: float, name: str) -> str:
    size = "" if abs(factor) == 1 else f"{abs(factor):.6g} × "
    if factor < 0:
        return f"the term {size}{name} is missing from it, or is counted with the wrong sign"
    return f"the term {size}{name} is there once too often"


def _terms(wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """What has the shape of the gradient, by its name."""
    context = wrong.context
    for name, array in _alike(wrong, context.cotangents):
        yield f"cotangent of {name}", array
    for name, array in _alike(wrong, context.arguments):
        yield f"{name}, as of a penalty on its square" if name == wrong.name else name, array
        if name == wrong.name:
            yield f"sign({name}), as of a penalty on its absolute value", np.sign(array)
    for name, array in _alike(wrong, context.right):
        if name != wrong.name:
            yield f"gradient of {name}", array


def _alike(wrong: Wrong, arrays: Any) -> Iterator[tuple[str, Any]]:
    for name, array in arrays.items():
        if np.shape(array) == wrong.right.shape and np.asarray(array).dtype.kind in "fc":
            yield name, np.asarray(array)


@mistake("term along an axis")
def term_along_an_axis(wrong: Wrong) -> Iterator[Candidate]:
    """In each slice the error is a multiple of something: of ones, or of a known array.

    A mean or a variance that goes through the slice leaves such terms.
    """
    if not wrong.same_shape:
        return
    error = wrong.trial - wrong.right
    for axes in _slices(wrong.right.shape):
        for what, basis in _bases(wrong, axes):
            square = np.sum(basis * basis, axis=axes, keepdims=True)
            share = np.sum(error * basis, axis=axes, keepdims=True) / np.where(square, square, 1)
            named = ", ".join(map(str, axes))
            sentence = f"along axis {named} the error is {what}: a term is missing, or there twice"
            made = wrong.right + share * basis
            evidence = _evidence(wrong)
            yield Candidate(made, sentence, free=share.size, evidence=evidence)


def _slices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Each axis alone, the last axes together, and all axes but one."""
    axes = tuple(range(len(shape)))
    several = [axes[first:] for first in axes[1:]] + [axes[:i] + axes[i + 1 :] for i in axes]
    for some in dict.fromkeys([(axis,) for axis in axes] + [s for s in several if s]):
        if np.prod([shape[axis] for axis in some]) > 2:  # of two, all that add up to 0 are alike
            yield some


def _bases(wrong: Wrong, axes: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    yield "constant, as of a mean or a sum", np.ones(wrong.right.shape)
    for name, array in _alike(wrong, wrong.context.arguments):
        if name == wrong.name:
            centred = array - array.mean(axis=axes, keepdims=True)
            yield f"proportional to {name} less its mean, as of a variance", centred
        yield f"proportional to {name}", array
    for name, array in _alike(wrong, wrong.context.outputs):
        yield f"proportional to the output {name}", array
