"""The lessons in small, for the tests, and their parts by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import chain
import descent
import iris
import points
import salary
from blackboard import ByHand, Figure, Part, Table

EXAMPLES = Path(iris.__file__).parent
#: Each lesson with settings that take it seconds, and the formula that is on trial in it.
SMALL: dict[str, tuple[Callable[..., Iterable[Part]], ByHand]] = {
    "chain": (partial(chain.lesson, epochs=1), chain.by_hand),
    "descent": (partial(descent.lesson, epochs=1, depth=3), descent.by_hand),
    "iris": (partial(iris.lesson, epochs=1, seeds=(0,)), iris.by_hand),
    "points": (partial(points.lesson, epochs=30), points.by_hand),
    "salary": (partial(salary.lesson, epochs=1), salary.nine_derivatives),
}
WHOLE: dict[str, Callable[[], Iterable[Part]]] = {
    "chain": chain.lesson,
    "descent": descent.lesson,
    "iris": iris.lesson,
    "points": points.lesson,
    "salary": salary.lesson,
}


@cache
def small(name: str) -> list[Part]:
    """The parts of a lesson in small."""
    return list(SMALL[name][0]())


def tables(parts: Sequence[Part], title: str) -> list[Table]:
    """The tables of that title."""
    return [part for part in parts if isinstance(part, Table) and part.title.startswith(title)]


def figures(parts: Sequence[Part]) -> list[Figure]:
    """The pictures."""
    return [part for part in parts if isinstance(part, Figure)]


def forgetful(by_hand: ByHand, name: str) -> ByHand:
    """The same formula with one gradient that is twice what it should be."""

    def wrong(parameters: Any, x: Any, target: Any) -> tuple[Any, dict[str, Any]]:
        loss, gradients = by_hand(parameters, x, target)
        return loss, {**gradients, name: 2 * gradients[name]}

    return wrong
