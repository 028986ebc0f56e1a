"""A wrong gradient beside the right one, and what a mistake would have made of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from clinometer.diagnosis.context import Context
from clinometer.rounding import largest, norm, unit_roundoff

#: Digits of an error beyond these do not tell two elements apart.
DIGITS = 6


@dataclass(frozen=True, eq=False)
class Candidate:
    """What a mistake would have made of the right gradient.

    Attributes:
        gradient: that, to be held against the one on trial.
        sentence: what the mistake is, as said of the gradient: "it is ...".
        bound: how far off each element may be; as the right gradient's unless given.
        free: how many numbers were fitted to the gradient on trial.
        evidence: how many independent numbers speak for it before that, unless all that are
            wrong do.
        observed: what of the gradient on trial is compared, if not all of it as it is.
        scalable: whether it may come with a factor beside it.
        whole: whether it has to explain all of the error to be told.
        hint: whether nothing but the size of the error speaks for it.
    """

    gradient: Any
    sentence: str
    bound: Any = None
    free: int = 0
    evidence: int | None = None
    observed: Any = None
    scalable: bool = True
    whole: bool = False
    hint: bool = False


@dataclass(frozen=True, eq=False)
class Wrong:
    """The gradient on trial of one array, the right one, and how far they may be apart."""

    name: str
    trial: Any
    right: Any
    uncertainty: Any
    context: Context

    @cached_property
    def roundoff(self) -> float:
        """What a sum or two in the dtype on trial lose, beside the largest element."""
        return 64 * float(unit_roundoff(self.context.dtype))

    @cached_property
    def same_shape(self) -> bool:
        """Whether the gradient on trial has the shape of the right one."""
        return bool(np.shape(self.trial) == np.shape(self.right))

    @cached_property
    def error(self) -> Any:
        """By element; where the shapes differ, all of the gradient on trial."""
        return gap(self.trial, self.right if self.same_shape else np.zeros(()))

    @cached_property
    def tolerance(self) -> Any:
        """Up to which an error is none."""
        slack = self.roundoff * largest(self.right[np.isfinite(self.right)])
        return self.uncertainty + slack if self.same_shape else np.asarray(slack)

    @cached_property
    def elements(self) -> Any:
        """Which elements are wrong. NaN is."""
        return ~(self.error <= self.tolerance)

    @cached_property
    def size(self) -> float:
        """The error's norm."""
        return norm(self.error)

    @cached_property
    def evidence(self) -> int:
        """How many different errors there are: equal ones may have the same cause."""
        return distinct(self.error[self.elements])

    def by(self, change: Callable[..., Any], sentence: str, *settings: Any) -> Candidate:
        """The candidate that a linear change of the right gradient is."""
        bound = np.abs(change(self.uncertainty, *settings))
        return Candidate(change(self.right, *settings), sentence, bound)


#: From a wrong gradient to what one mistake would have made of the right one.
Mistake: TypeAlias = Callable[[Wrong], Iterator[Candidate]]

#: All mistakes by name, the simplest first.
MISTAKES: dict[str, Mistake] = {}


def mistake(name: str) -> Callable[[Mistake], Mistake]:
    """Registers a mistake under its name."""

    def register(function: Mistake) -> Mistake:
        MISTAKES[name] = function
        return function

    return register


def gap(one: Any, other: Any) -> Any:
    """|one - other| by element; as large as any where only one is finite, or both differ so."""
    with np.errstate(all="ignore"):
        apart = np.abs(one - other)
    alike = (one == other) | (np.isnan(one) & np.isnan(other))
    finite = np.isfinite(apart)
    most = largest(apart[finite]) + largest(np.abs(np.where(np.isfinite(one), one, 0))) or 1.0
    return np.where(alike, 0.0, np.where(finite, apart, most))


def distinct(values: Any) -> int:
    """How many different numbers there are, zeros apart."""
    size = np.abs(values[values != 0])
    return len(np.unique(np.round(size / (largest(size) or 1.0), DIGITS)))


def fit(values: Any, basis: Any) -> float:
    """The factor c for which c · basis comes nearest to the values; 0 for no basis."""
    square = np.sum(np.abs(basis) ** 2)
    return float(np.sum(np.conj(basis) * values).real / square) if square else 0.0
