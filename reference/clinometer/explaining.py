"""What mistake would explain the gradients of a problem that are wrong, array by array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from clinometer.balls import BallArray, midpoints
from clinometer.contract import call
from clinometer.diagnosis import Context, Diagnosis, diagnose, where
from clinometer.estimate import Estimate, Oracle, Refused
from clinometer.problem import Arrays, Problem
from clinometer.rounding import largest, unit_roundoff

#: Places along an axis of the outputs up to which each one's term is computed.
SHORT = 16
#: Ends of the axes, by what lies at that end of all of them.
CORNERS = {"first row": 0, "last row": -1}
#: What Python raises where NumPy gives infinity or NaN.
UNBOUNDED = ("OverflowError", "ZeroDivisionError", "math domain error", "math range error")
#: Rounding of the gradient on trial, in units roundoff of the array's largest element.
ROUNDED = 2.0**10


@dataclass(frozen=True)
class Explained:
    """A wrong array: which of its elements are wrong, and the mistakes that would explain it."""

    array: str
    where: str
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Accused:
    """A gradient that something disagrees with, and what is known around it.

    Attributes:
        problem: that it is a gradient of; `subject` is its name there.
        oracles: those that tell what is right, element by element.
        known: what they or others say of it already.
        cotangents: of the outputs, by name; `weighted` gives the problem with others.
        arguments: all of the function's, integers and masks among them.
        outputs: gives those, by name, none where they are too dear.
        counts: numbers that a factor may be, by what they count.
        terms: whether the right gradients by single places of the outputs are not too dear.
        dtype: in which it is computed here.
        inside: from an array's name and the gradient on trial to `Context.inside`.
    """

    problem: Problem
    subject: str
    oracles: Mapping[str, Oracle]
    cotangents: Arrays
    weighted: Callable[[Arrays], Problem]
    arguments: Arrays
    outputs: Callable[[], Arrays]
    counts: Mapping[str, int]
    known: Sequence[Estimate] = ()
    terms: bool = True
    dtype: str = "float64"
    inside: Callable[[str, Any], Iterator[tuple[str, Any]]] | None = None

    def explained(self) -> Iterator[Explained]:
        """Array by array, those that are wrong; where a call raises an error, if that tells why."""
        trial, again = self.calls
        if not trial:
            yield from self._unbounded()
        for name, right in self.right.gradients.items() if trial else ():
            bound = self.right.uncertainties[name]
            mine = np.asarray(trial.get(name, np.zeros(right.shape)))
            if mine.shape == right.shape and (kinks := self.right.kinks.get(name)) is not None:
                right = np.where(kinks, mine, right)  # noqa: PLW2901 any convention will do
            slack = ROUNDED * float(unit_roundoff(self.dtype)) * largest(right)
            if mine.shape == right.shape and np.all(np.abs(mine - right) <= bound + slack):
                continue
            found = diagnose(name, mine, right, bound, self._context(name, again))
            place = "every element"
            if mine.shape == right.shape:
                place = where(mine, right, bound + slack, self.problem.arguments)
            yield Explained(name, place, tuple(found))

    def _unbounded(self) -> Iterator[Explained]:
        """Of a call that raises what Python's own numbers do in place of infinity."""
        _, broken = call(self.problem.gradients[self.subject], self.problem.cast(self.dtype))
        for name, why in broken.items():
            if any(text in why for text in UNBOUNDED):
                told = Diagnosis("not finite", f"it is infinite, or not a number: {why}", 0.0, 0)
                yield Explained(name, "every element", (told,))

    @cached_property
    def calls(self) -> tuple[Arrays, Arrays]:
        """What two calls return, one at another point before them; nothing if they raise."""
        gradient, arguments = self.problem.gradients[self.subject], self.problem.cast(self.dtype)
        call(gradient, self.problem.nudged(1).cast(self.dtype))
        first = _numbers(call(gradient, arguments)[0])
        forget(gradient)
        return first, _numbers(call(gradient, arguments)[0])

    @cached_property
    def right(self) -> Estimate:
        """The right gradients of those arrays that are known element by element."""
        return surest([*self.known, *self._asked(self.problem)], self.problem)

    def _asked(self, problem: Problem) -> Iterator[Estimate]:
        for oracle in self.oracles.values():
            with suppress(Refused):
                yield oracle.estimate(problem)

    def _context(self, name: str, again: Arrays) -> Context:
        return Context(
            arguments=self.arguments,
            trial=self.calls[0],
            right=self.right.gradients,
            cotangents=self.cotangents,
            outputs=self._outputs,
            counts=self.counts,
            dtype=self.dtype,
            terms={what: partial(self._terms, name, axis) for axis, what in self._axes.items()},
            corners={what: partial(self._corner, name, place) for what, place in CORNERS.items()}
            if self._rows
            else {},
            scaled=lambda factor: self.scaled(factor)[name],
            again=again.get(name),
            before=lambda: self._before.gradients[name],
            inside=partial(self.inside, name, self.calls[0][name])
            if self.inside and name in self.calls[0]
            else None,
        )

    @cached_property
    def _outputs(self) -> Arrays:
        return self.outputs()

    @cached_property
    def _before(self) -> Estimate:
        before = self.problem.nudged(1)
        return surest(self._asked(before), before)

    def scaled(self, factor: float) -> Arrays:
        """The gradients on trial with cotangents so many times as large."""
        if factor not in self._scaled:
            problem = self.weighted({n: factor * c for n, c in self.cotangents.items()})
            gradient = problem.gradients[self.subject]
            self._scaled[factor] = _numbers(call(gradient, problem.cast(self.dtype))[0])
        return self._scaled[factor]

    _scaled: dict[float, Arrays] = field(default_factory=dict)
    _known_terms: dict[str, Estimate] = field(default_factory=dict)

    @property
    def _axes(self) -> dict[int, str]:
        """The axes of the outputs by whose slices terms may be told apart: samples, if any."""
        shapes = [np.shape(c) for c in self.cotangents.values()]
        common = min(map(len, shapes), default=0) if self.terms else 0
        sizes = {axis: {shape[axis] for shape in shapes} for axis in range(common)}
        return {
            axis: f"axis-{axis} slice" if axis else "sample"
            for axis, lengths in sizes.items()
            if len(lengths) == 1 and 1 < min(lengths) <= SHORT
        }

    def _terms(self, name: str, axis: int) -> Any:
        """The right gradient's terms: of each place, with the cotangent of the others zero."""
        size = np.shape(next(iter(self.cotangents.values())))[axis]
        places = [(slice(None),) * axis + (n,) for n in range(size)]
        return np.stack([self._term(place).gradients[name] for place in places])

    @property
    def _rows(self) -> bool:
        """Whether the outputs are rows along several axes, whose number is that of no axis."""
        dimensions = {np.ndim(c) for c in self.cotangents.values()}
        return self.terms and len(dimensions) == 1 and min(dimensions) > 2

    def _corner(self, name: str, end: int) -> Any:
        """The right gradient's term of the row at that end of all axes but the last."""
        dimensions = np.ndim(next(iter(self.cotangents.values())))
        return self._term((end,) * (dimensions - 1)).gradients[name]

    def _term(self, place: tuple[Any, ...]) -> Estimate:
        """The right gradients with the cotangents zero but at that place."""
        if (key := str(place)) not in self._known_terms:  # slices have no hash
            problem = self.weighted(alone(self.cotangents, place))
            self._known_terms[key] = surest(self._asked(problem), problem)
        return self._known_terms[key]


def alone(cotangents: Arrays, place: Any) -> dict[str, Any]:
    """The cotangents with zero in all other places."""
    weights = {name: np.zeros_like(c) for name, c in cotangents.items()}
    for name, weight in weights.items():
        weight[place] = cotangents[name][place]
    return weights


def _numbers(gradients: Arrays) -> dict[str, Any]:
    """Copies; of code that remembers what oracles gave it, balls become numbers again."""
    return {
        name: midpoints(BallArray.carry(array)) if array.dtype == object else array.copy()
        for name, array in gradients.items()
    }


def forget(code: Any) -> None:
    """Have code that answers from memory be called again."""
    if hasattr(code, "forget"):
        code.forget()


def surest(estimates: Iterable[Estimate], problem: Problem) -> Estimate:
    """Of what is known of each array element by element, the least uncertain.

    Those that look along directions first are asked for elements where no other knows them.
    """
    best: dict[str, Estimate] = {}
    closer: dict[str, Callable[[str], Estimate]] = {}
    for estimate in estimates:
        for name in estimate.gradients:
            if name in estimate.directions and estimate.closer:
                closer[name] = estimate.closer
            elif name not in estimate.directions and _surer(estimate, best, name):
                best[name] = estimate
    best |= {name: ask(name) for name, ask in closer.items() if name not in best}
    return Estimate(
        "all",
        {n: best[n].gradients[n] for n in problem.arguments if n in best},
        {n: best[n].uncertainties[n] for n in problem.arguments if n in best},
        0,
        {n: best[n].kinks[n] for n in problem.arguments if n in best and n in best[n].kinks},
    )


def _surer(estimate: Estimate, best: Mapping[str, Estimate], name: str) -> bool:
    def off(known: Estimate) -> float:
        return largest(known.uncertainties[name])

    return name not in best or off(estimate) < off(best[name])
