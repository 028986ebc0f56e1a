"""Directions in which kinks stand alone or cancel, and whether a gradient is between the slopes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clinometer.comparison import Comparison
from clinometer.directions import Directions
from clinometer.problem import scale

#: Of equal elements, of elements that are zero, and of rows, so many are moved by themselves.
GROUPS, ALONE, ROWS = 2, 4, 2
#: So many elements are named.
NAMED = 4


@dataclass(frozen=True, eq=False)
class Slopes:
    """What a gradient says along a direction, and between which slopes of the function.

    Attributes:
        mine, low, high, off: the slope on trial, the function's, and how far off these may be.
    """

    along: Any
    mine: float = np.nan
    low: float = np.nan
    high: float = np.nan
    off: float = np.inf

    @property
    def elements(self) -> Any:
        """Those that move, counted row by row."""
        return np.flatnonzero(self.along)

    @property
    def error(self) -> float:
        """How far outside the gradient is; infinite for NaN."""
        error = max(self.low - self.mine, self.mine - self.high, 0.0)
        return error if np.isfinite(self.mine) else np.inf

    @property
    def outside(self) -> bool:
        """Whether it is for certain, which it is not where the function has no slopes."""
        known = np.isfinite([self.low, self.high, self.off]).all()
        return bool(known and self.error > self.off)

    @property
    def smooth(self) -> bool:
        """Whether the slopes on the two sides are the same."""
        return self.high - self.low <= self.off

    def halves(self) -> Iterator[Slopes]:
        """One half of the elements moved, and the other."""
        for half in np.array_split(self.elements, 2) if self.elements.size > 1 else ():
            along = np.zeros(self.along.shape)
            along.flat[half] = self.along.flat[half]
            yield Slopes(along)

    def widened(self, others: Any) -> Slopes:
        """Between these and others, and beyond them: there may be more than were sampled.

        As far as they are farther apart than the two sides.
        """
        low, high = np.min(others, initial=self.low), np.max(others, initial=self.high)
        more = (high - low) - (self.high - self.low)
        return replace(self, low=float(low - more), high=float(high + more))

    def accusation(self, name: str, witness: str) -> Comparison:
        """In numbers of the array's own where elements are moved alike."""
        moved = np.unique(self.along[self.along != 0])
        unit = moved[0] if moved.size == 1 else 1.0
        mine, low, high = self.mine / unit, *sorted((self.low / unit, self.high / unit))
        off = self.off / abs(unit)
        sides = f"{low:.6g}" if self.smooth else f"from {low:.6g} to {high:.6g}"
        why = f"{self._words(moved.size == 1)} is {mine:.6g}, and the function's slope {sides}"
        return Comparison(
            name, witness, "disagree", f"on a kink {why}", on_trial=mine,
            reference=low if mine < low else high, error=self.error / abs(unit), uncertainty=off,
        )  # fmt: skip

    def _words(self, alike: bool) -> str:
        """What a slope in this direction is called."""
        shape, elements = self.along.shape, self.elements
        if not alike:
            return "the slope along a direction"
        if elements.size > NAMED:
            return f"the sum of {elements.size} elements"
        named = [str([int(i) for i in np.unravel_index(n, shape)]) for n in elements]
        return f"element {named[0]}" if len(named) == 1 else f"the sum of {', '.join(named)}"


def directions(name: str, array: Any, accused: Iterable[tuple[int, ...]]) -> Iterator[Slopes]:
    """All elements, some at random, those accused, equal ones, zeros, and rows."""
    if not array.size:
        return
    numbers = np.arange(array.size).reshape(array.shape)

    def of(chosen: Any) -> Slopes:
        return Slopes(np.where(chosen, np.max(scale(array)), 0.0))

    yield of(np.ones(array.shape, dtype=bool))
    yield from map(Slopes, Directions(name, array, 2))
    yield from (of(numbers == numbers[index]) for index in dict.fromkeys(accused))
    values, counts = np.unique(array, return_counts=True)
    often = values[np.argsort(-counts, kind="stable")][: np.sum(counts > 1)]
    yield from (of(array == value) for value in often[:GROUPS])
    yield from (of(numbers == number) for number in numbers[array == 0][:ALONE])
    rows = numbers[:ROWS] if array.ndim > 1 else ()
    yield from (of(np.isin(numbers, row)) for row in rows)
