"""How often something evaluates the function of a problem, counted by the function itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from clinometer.problem import Arrays, Place, Problem, Structure

P = TypeVar("P", bound=Place)


def evaluations(problem: Problem, way: Callable[[Problem], object]) -> int:
    """Of the whole function, and of what is behind a place in it: each copy of the place is one."""
    counted = Counted(problem)
    way(counted.problem)
    return counted.count


class Counted:
    """A problem like the one given, and how often its function was evaluated so far."""

    def __init__(self, problem: Problem) -> None:
        self.count, self.known = 0, problem
        structure = self._structure if problem.structure else None
        self.problem = replace(problem, function=self._function, structure=structure)

    def _function(self, arguments: Arrays) -> Any:
        self.count += 1
        return self.known.function(arguments)

    def _structure(self, arguments: Arrays) -> Structure:
        assert self.known.structure  # noqa: S101 # or this would not be asked
        found = self.known.structure(arguments)
        return replace(found, places=[self._watched(place) for place in found.places])

    def _watched(self, place: P) -> P:
        """The same place, and those behind it, whose runs are counted."""

        def rest(values: Any) -> Any:
            self.count += len(values) // len(place.values)
            return place.rest(values)

        following = place.following and self._watched(place.following)
        return replace(place, rest=rest, following=following)
