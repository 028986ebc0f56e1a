"""What a gradient says on a kink, held to the slopes that the function has around it.

On a kink several slopes are right, and beside it only one: an oracle that disagrees on a kink is
asked again beside it. What is left is what the gradient says on the kink itself. Along a direction
that is right if it lies between the function's slopes on the two sides. Where it does not, it may
still be what conventions of several operations add up to: then it lies among the slopes of the
function with its operations apart, each on a side of its own. Where it does not either, no
convention explains it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from clinometer.adapters.trial import SUBJECT, Trial
from clinometer.agreement import slope
from clinometer.apart import Apart
from clinometer.arrays import CarrierArray
from clinometer.between import Slopes, directions
from clinometer.comparison import Comparison
from clinometer.examination import Examination
from clinometer.problem import Arrays, value_at
from clinometer.rounding import LARGE, function_noise, unit_roundoff
from clinometer.verdict import Verdict

WITNESS = "sides"
#: For one-sided slopes; far below what operations are apart.
STEP = 2.0**-28
#: What smooth parts of the function may bend over such distances, as part of the slope's size.
BENT = 2.0**-10
#: Directions at one point, for all arrays together but three at least for each.
DIRECTIONS, FEWEST = 30, 3
#: Those of an array that are looked at with the operations apart, and how often.
SUSPECTS, SAMPLES = 3, 24
#: So much farther is the point where it is aside too, so that no operation is moved back to it.
FARTHER = 4

HIDDEN = "on a kink the gradient of {} is no slope, and the function hides its arithmetic"


@dataclass(frozen=True)
class Held:
    """Who is wrong, arrays with an element that is right only by convention, and any doubt."""

    comparisons: tuple[Comparison, ...] = ()
    by_convention: frozenset[str] = frozenset()
    doubt: str = ""


@np.errstate(all="ignore")  # what is not finite is no answer
def examine(trial: Trial, examination: Examination, found: Verdict) -> Held:
    """What the gradient says of arrays that were judged beside the point; not of large problems."""
    if examination.evidence.failure or trial.problem.size > LARGE:
        return Held()
    beside = {c.array for c in found.comparisons if c.kinks or c.beside}
    gradients, status = examination.formula(SUBJECT).gradients, found.arrays
    names = [n for n in trial.problem.arguments if n in beside & gradients.keys()]
    names = [name for name in names if status[name] != "disagree"]
    sides, most = _Sides(trial, examination), max(FEWEST, DIRECTIONS // max(len(names), 1))
    suspects = {name: sides.suspects(name, most) for name in names}
    wrong = {n: sides.unexplained(n, several) for n, several in suspects.items() if several}
    convicted = {name: several[0] for name, several in wrong.items() if several}
    if convicted and not sides.shows:
        return Held(doubt=HIDDEN.format(", ".join(convicted)))
    accusations = (slopes.accusation(name, WITNESS) for name, slopes in convicted.items())
    alone = {n for n, several in suspects.items() if any(s.elements.size == 1 for s in several)}
    return Held(tuple(accusations), frozenset(alone - convicted.keys()))


class _Sides:
    """A trial's function around a point."""

    def __init__(self, trial: Trial, examination: Examination) -> None:
        self.trial, self.examination, self.problem = trial, examination, trial.problem
        self.formula = examination.formula(SUBJECT)

    def suspects(self, name: str, most: int) -> list[Slopes]:
        """Where the gradient on trial does not lie between the sides.

        By as few elements as that shows in, and where the function is smooth by more of them.
        """
        at_the_point = self.examination.at_the_point(SUBJECT).comparisons
        accused = [c.index for c in at_the_point if c.array == name and c.accuses and not c.along]
        several = islice(directions(name, self.problem.arguments[name], accused), most)
        outside = [s for s in (self._between(name, d) for d in several) if s.outside]
        few = {s.along.tobytes(): s for s in (self._narrowed(name, s) for s in outside)}
        smooth = {s.along.tobytes(): s for s in outside if s.smooth and s.elements.size > 1}
        return [*islice(few.values(), SUSPECTS), *islice(smooth.values(), SUSPECTS)]

    def unexplained(self, name: str, suspects: list[Slopes]) -> list[Slopes]:
        """Those of them that are no slopes with the operations apart either."""
        left: list[tuple[Slopes, list[float]]] = [(slopes, []) for slopes in suspects]
        with suppress(Exception):  # of code that cannot be run under a conductor nothing is known
            for number in range(SAMPLES):
                apart = self._apart(name, [slopes for slopes, _ in left], number)
                seen = [(s, [*more, new]) for (s, more), new in zip(left, apart, strict=True)]
                left = [(slopes, more) for slopes, more in seen if slopes.widened(more).outside]
                if not left:
                    break
            return [slopes for slopes, _ in left]
        return []

    @cached_property
    def shows(self) -> bool:
        """Whether operations can be seen: NumPy code may turn our arrays into plain ones."""
        adapter = self.trial.implementation
        if adapter.library != "numpy":
            return True
        point = {n: CarrierArray.carry(array) for n, array in self.problem.arguments.items()}
        outputs = adapter.outputs(self.trial.objective.leaves(point))
        return all(isinstance(out, CarrierArray) for out in outputs.values())

    def _between(self, name: str, slopes: Slopes) -> Slopes:
        """The slopes on the two sides, with all that they may be off by where it counts.

        That is rounding, how the function bends, and the digits that the gradient has lost.
        """
        along, gradient = slopes.along, self.formula.gradients[name]
        mine = float(slope(self.formula, name, along)[0])
        left, right = self._one_sided(name, along)
        size = np.sum(np.abs(gradient * along)[np.isfinite(gradient)])
        off = BENT * float(size) + self._noise / STEP
        found = Slopes(along, mine, min(left, right), max(left, right), off)
        if not found.outside:
            return found
        farther = self._one_sided(name, 2 * along)
        bent = abs(farther[0] / 2 - left) + abs(farther[1] / 2 - right)
        lost = float(np.sum(self._lost[name] * np.abs(along)))
        return replace(found, off=off + 4 * bent + lost)

    def _one_sided(self, name: str, along: Any) -> tuple[float, float]:
        below, above = (self._value(name, step * along) for step in (-STEP, STEP))
        return (self._centre - below) / STEP, (above - self._centre) / STEP

    def _narrowed(self, name: str, slopes: Slopes) -> Slopes:
        """Along one half of the elements after the other, as long as that is outside too."""
        halves = (self._between(name, half) for half in slopes.halves())
        closer = next((half for half in halves if half.outside), None)
        return self._narrowed(name, closer) if closer else slopes

    def _apart(self, name: str, suspects: list[Slopes], number: int) -> list[float]:
        """The slopes with the operations apart, and with the point aside at every third number."""
        apart, point = Apart(number), self.problem.arguments
        if number % 3 == 2:
            point = {n: array + FARTHER * apart.move(array) for n, array in point.items()}
        function = self.trial.implementation.conducted(self.trial.objective.value, apart)
        function(point)

        def value(move: Any) -> float:
            apart.again()
            return float(function({**point, name: point[name] + move}))

        moves = [STEP * slopes.along for slopes in suspects]
        return [(value(move) - value(-move)) / (2 * STEP) for move in moves]

    def _value(self, name: str, move: Any) -> float:
        point = self.problem.arguments
        return float(value_at(self.problem.function, {**point, name: point[name] + move}))

    @cached_property
    def _centre(self) -> float:
        return float(self.problem.function(self.problem.arguments))

    @cached_property
    def _noise(self) -> float:
        u = unit_roundoff(np.float64)
        return 4 * (function_noise(self.problem, np.float64) + u * abs(self._centre))

    @cached_property
    def _lost(self) -> Arrays:
        """What rounding takes of the gradient beside the point: on it, it decides between sides."""
        beside = Examination(self.problem.nudged(1), {}).within(self.problem)
        return beside.formula(SUBJECT).own
