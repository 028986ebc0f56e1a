"""A factor of each element that is missing, or there twice: a mask, a scale, an argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, distinct, fit, mistake

#: So much of what the mask sets to zero has to be wrong.
MOST = 0.9


@mistake("swapped arguments")
def swapped_arguments(wrong: Wrong) -> Iterator[Candidate]:
    for name, gradient in wrong.context.right.items():
        if name != wrong.name and np.shape(gradient) == wrong.trial.shape:
            yield Candidate(np.asarray(gradient), f"it is the gradient of {name}")


@mistake("factor of an argument")
def factor_of_an_argument(wrong: Wrong) -> Iterator[Candidate]:
    """An argument is missing as a factor, or there once too often."""
    for name, values in aligned(wrong):
        yield wrong.by(np.multiply, f"{name} is a factor of it once too often", values)
        if np.all(values):
            yield wrong.by(np.divide, f"the factor {name} is missing from it", values)


@mistake("transposed factor")
def transposed_factor(wrong: Wrong) -> Iterator[Candidate]:
    """The cotangent times a square matrix, which should be, or should not be, its transpose."""
    for name, matrix in wrong.context.arguments.items():
        square = np.ndim(matrix) == 2 and set(np.shape(matrix)) == set(wrong.right.shape[-1:])
        for dy in wrong.context.cotangents.values() if square else ():
            if np.ndim(dy) > 1 and np.shape(dy) == wrong.right.shape[:-1] + np.shape(matrix)[:1]:
                for factor in (matrix, matrix.T):
                    if np.allclose(dy @ factor, wrong.right):
                        text = f"{name} is the transpose of what it should be in it"
                        yield Candidate(dy @ factor.T, text)


@mistake("mask ignored")
def mask_ignored(wrong: Wrong) -> Iterator[Candidate]:
    """Where the right gradient is zero the one on trial is not; elsewhere it is proportional."""
    if not (wrong.same_shape and np.isfinite(wrong.trial).all()):
        return
    zeros = wrong.right == 0
    if not 0 < zeros.sum() < zeros.size or wrong.elements[zeros].mean() < MOST:
        return
    factor = fit(wrong.trial[~zeros], wrong.right[~zeros])
    for scale, free in ((1.0, 0), (factor, 1)):
        kept = distinct(wrong.right[~zeros]) - free
        sentence = "it is not zero where the reference is: a mask is ignored"
        if free:
            sentence += f", and elsewhere it is {factor:.6g} × the reference"
        made = np.where(zeros, wrong.trial, scale * wrong.right)
        yield Candidate(made, sentence, evidence=kept, scalable=False)


def aligned(wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """Arguments by name that fit the gradient's shape, vectors along each axis that they fit."""
    shape = wrong.right.shape
    for name, argument in wrong.context.arguments.items():
        values = np.asarray(argument)
        values = values.astype(float) if values.dtype.kind in "biu" else values
        if values.size < 2 or values.ndim > len(shape):
            continue
        if values.ndim == 1:
            for axis, size in enumerate(shape):
                if size == values.size:
                    axes = [other for other in range(len(shape)) if other != axis]
                    yield name, np.broadcast_to(np.expand_dims(values, axes), shape)
        elif values.shape == shape[len(shape) - values.ndim :]:
            yield name, np.broadcast_to(values, shape)
