"""A function each of whose operations has the slope of a point of its own, beside the one given.

Frameworks choose a slope for each operation that stands on a kink, and multiply. What that makes
of several operations need not be a slope of the function: relu(x) - relu(-x) is x, and has the
gradient 0 at zero. Here each operation keeps its value and takes the slope it has a little aside,
each on a side of its own: what comes of it is such a product, of other choices (Bolte and Pauwels,
Conservative set valued fields, Mathematical Programming 188 (2021), 19-51).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clinometer.problem import scale

#: How far aside, in units of the scale.
ASIDE = 2.0**-18
#: So many conductors, by their numbers, go up or down with all operations, tied elements in turn.
ORDERLY = 4

#: From the numbers that go into an operation to all its results.
Operation = Callable[[Sequence[Any]], list[Any]]


class Apart:
    """A conductor of operations: the first run chooses sides, and those after it stay with them.

    Up to `ORDERLY` all operations are on the same side. After that an odd number stands for a side
    by operation, and an even one for a side by element.
    """

    def __init__(self, number: int) -> None:
        self.number, self.random = number, np.random.default_rng(number)
        self._steps: list[tuple[list[Any], list[Any], list[Any]]] = []
        self._turn: int | None = None

    def again(self) -> None:
        """The next run is one of those after the first."""
        self._turn = 0

    def __call__(self, operate: Operation, inputs: Sequence[Any]) -> list[Any]:
        """The results at the inputs, changing as they do aside; decisions are those made aside."""
        if self._turn is None:
            moves = [self.move(x) for x in inputs]
            here, there = operate(inputs), operate(_moved(inputs, moves))
            self._steps.append((moves, here, there))
            return [h if _is_real(h) else t for h, t in zip(here, there, strict=True)]
        moves, here, there = self._steps[self._turn]
        self._turn += 1
        changed = zip(here, there, operate(_moved(inputs, moves)), strict=True)
        return [np.asarray(h + (new - t)) if _is_real(h) else new for h, t, new in changed]

    def move(self, x: Any) -> Any:
        """By how much each element goes aside, so that no two that are tied still are."""
        shape, number = np.shape(x), self.number
        rising = np.arange(1, np.size(x) + 1).reshape(shape) / (np.size(x) + 1)
        orders = rising, 1 - rising, self.random.random(shape)
        if number < ORDERLY:
            order, sign = orders[number % 2], number // 2 * 2 - 1
        elif number % 2:
            order, sign = orders[self.random.integers(3)], self.random.choice((-1, 1))
        else:
            order, sign = orders[2], self.random.choice((-1, 1), shape)
        return (ASIDE * sign * (1 + order) / 2 * scale(np.asarray(x, np.float64))).astype(x.dtype)


def _moved(inputs: Sequence[Any], moves: Sequence[Any]) -> list[Any]:
    return [np.asarray(x + move) for x, move in zip(inputs, moves, strict=True)]


def _is_real(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f"
