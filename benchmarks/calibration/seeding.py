"""Right gradients made wrong by a relative error of a known size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import ctx

from clinometer.balls import BallArray
from clinometer.formula import Formula
from clinometer.problem import Arrays, Gradient
from clinometer.rounding import largest

#: Relative errors.
SIZES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14)
#: An element is big from this part of the largest on.
BIG = 0.1
KINDS = {
    "T": "one whole array of parameters",
    "B": "one element of at least a tenth of the largest",
    "R": "one random element that is not zero",
}


@dataclass(frozen=True, eq=False)
class Seed:
    """Where an error goes: the array, and the elements of it that are multiplied."""

    kind: str
    array: str
    elements: Any

    def into_formula(self, formula: Formula, size: float) -> Formula:
        """The formula whose gradient errs there by `size`, relatively."""
        factor = 1 + np.where(self.elements, np.longdouble(size), 0)
        gradients = {**formula.gradients, self.array: formula.gradients[self.array] * factor}
        own = {**formula.own, self.array: formula.own[self.array] * factor}
        wrong = replace(formula, gradients=gradients, own=own)
        if self.array in formula.balls:
            with ctx.workprec(4096):
                spoilt = BallArray.carry(formula.balls[self.array] * BallArray.carry(factor))
            wrong = replace(wrong, balls={**formula.balls, self.array: spoilt})
        return wrong

    def into_gradient(self, gradient: Gradient, size: float) -> Gradient:
        """The gradient on trial that errs there by `size`, relatively, in any number type."""

        def wrong(arguments: Arrays) -> tuple[Any, Mapping[str, Any]]:
            value, gradients = gradient(arguments)
            array = gradients[self.array].copy()
            array[self.elements] = (array[self.elements] * (1 + size)).astype(array.dtype)
            return value, {**gradients, self.array: array}

        return wrong


def seeds(formula: Formula, random: np.random.Generator) -> list[Seed]:
    """One of each kind, in arrays that are not zero; none where the whole gradient is."""
    known = {
        name: np.abs(array) > formula.own[name]
        for name, array in formula.gradients.items()
        if name != "value"
    }
    arrays = [name for name, elements in known.items() if name != "x" and elements.any()]
    if not arrays:
        return []
    whole = arrays[int(random.integers(len(arrays)))]
    big = BIG * max(largest(formula.gradients[name]) for name in known)
    bigs = {name: known[name] & (np.abs(formula.gradients[name]) >= big) for name in known}
    return [
        Seed("T", whole, np.ones(known[whole].shape, dtype=bool)),
        _one_of("B", bigs, random),
        _one_of("R", known, random),
    ]


def _one_of(kind: str, candidates: Mapping[str, Any], random: np.random.Generator) -> Seed:
    places = [(name, index) for name, mask in candidates.items() for index in np.argwhere(mask)]
    name, index = places[int(random.integers(len(places)))]
    elements = np.zeros(candidates[name].shape, dtype=bool)
    elements[tuple(index)] = True
    return Seed(kind, name, elements)
