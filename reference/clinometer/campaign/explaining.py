"""What mistake would explain the gradients of a case, array by array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import Any

import numpy as np

from clinometer.architecture import Case
from clinometer.architecture.case import Float64Array
from clinometer.contract import call
from clinometer.diagnosis import Context, Diagnosis, diagnose, where
from clinometer.estimate import Estimate, Oracle, Refused
from clinometer.problem import Arrays, Problem
from clinometer.registry import Subject
from clinometer.rounding import largest, unit_roundoff

#: Outputs up to which they are computed, one evaluation of the function each.
FEW = 128
#: Places along an axis of the outputs up to which each one's term is computed.
SHORT = 16
#: Rounding of the gradient on trial, in units roundoff of the array's largest element.
ROUNDED = 2.0**10


@dataclass(frozen=True)
class Explained:
    """A wrong array: which of its elements are wrong, and the mistakes that would explain it."""

    array: str
    where: str
    diagnoses: tuple[Diagnosis, ...]


def explain(
    case: Case, subject: str, maker: Subject, oracles: Mapping[str, Oracle]
) -> tuple[Explained, ...]:
    """The wrong arrays of the case; of its dtype's rounding if the formula is right."""
    with np.errstate(all="ignore"):
        formula = tuple(_Trial(case, subject, maker, oracles, "float64").explained())
        if formula or case.dtype == "float64":
            return formula
        return tuple(_Trial(case, subject, maker, oracles, case.dtype).explained())


@dataclass(frozen=True)
class _Weighted(Case):
    """A case with another cotangent."""

    weights: Any = None

    def cotangent(self) -> Float64Array:
        return np.asarray(self.weights)


@dataclass(frozen=True)
class _Trial:
    """A case's gradients on trial in a dtype, beside the right ones."""

    case: Case
    subject: str
    maker: Subject
    oracles: Mapping[str, Oracle]
    dtype: str

    def explained(self) -> Iterator[Explained]:
        """Array by array, those that are wrong."""
        trial, again = self._calls
        for name, right in self._right.gradients.items() if trial else ():
            bound = self._right.uncertainties[name]
            mine = np.asarray(trial.get(name, np.zeros(right.shape)))
            if mine.shape == right.shape and (kinks := self._right.kinks.get(name)) is not None:
                right = np.where(kinks, mine, right)  # noqa: PLW2901 any convention will do
            slack = ROUNDED * float(unit_roundoff(self.dtype)) * largest(right)
            if mine.shape == right.shape and np.all(np.abs(mine - right) <= bound + slack):
                continue
            found = diagnose(name, mine, right, bound, self._context(name, again))
            place = where(mine, right, bound + slack, self.problem.arguments)
            yield Explained(name, f"{place} in a batch of {self.case.batch}", tuple(found))

    @cached_property
    def problem(self) -> Problem:
        return self.maker.problem(self.case)

    @cached_property
    def _calls(self) -> tuple[Arrays, Arrays]:
        """What two calls return, one at another point before them; nothing if they raise."""
        gradient, arguments = self.problem.gradients[self.subject], self.problem.cast(self.dtype)
        call(gradient, self.problem.nudged(1).cast(self.dtype))
        first = {name: array.copy() for name, array in call(gradient, arguments)[0].items()}
        return first, call(gradient, arguments)[0]

    @cached_property
    def _right(self) -> Estimate:
        return self._asked(self.problem)

    def _asked(self, problem: Problem) -> Estimate:
        """Of what the oracles say of each array element by element, the least uncertain.

        Those that look along directions first are asked for elements where no other knows them.
        """
        best: dict[str, Estimate] = {}
        closer: dict[str, Callable[[str], Estimate]] = {}
        for oracle in self.oracles.values():
            with suppress(Refused):
                estimate = oracle.estimate(problem)
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

    def _context(self, name: str, again: Arrays) -> Context:
        case, cotangent = self.case, self.case.cotangent()
        target = case.target()
        return Context(
            arguments={
                **self.problem.arguments,
                **case.constants(),
                **({} if target is None else {"target": target}),
            },
            trial=self._calls[0],
            right=self._right.gradients,
            cotangents={"the loss": cotangent},
            outputs=self._outputs,
            counts={
                "the batch size": case.batch,
                "the number of outputs": case.architecture.outputs[-1],
            },
            dtype=self.dtype,
            terms={what: partial(self._terms, name, axis) for axis, what in self._axes.items()},
            scaled=lambda factor: self._trial_with(factor * cotangent)[name],
            again=again.get(name),
            before=lambda: self._asked(self.problem.nudged(1)).gradients[name],
        )

    def _with(self, cotangent: Any) -> Problem:
        known = {f.name: getattr(self.case, f.name) for f in fields(Case)}
        return self.maker.problem(_Weighted(**known, weights=cotangent))

    def _trial_with(self, cotangent: Any) -> Arrays:
        problem = self._with(cotangent)
        return call(problem.gradients[self.subject], problem.cast(self.dtype))[0]

    @property
    def _axes(self) -> dict[int, str]:
        """The axes of the loss by whose slices the terms may be told apart: samples, if any."""
        shape = self.case.cotangent().shape
        return {
            axis: f"axis-{axis} slice" if axis else "sample"
            for axis, size in enumerate(shape)
            if 1 < size <= SHORT
        }

    def _terms(self, name: str, axis: int) -> Any:
        """The right gradient's terms: of each place, with the cotangent of the others zero."""
        cotangent = self.case.cotangent()
        places = [(slice(None),) * axis + (n,) for n in range(cotangent.shape[axis])]
        terms = self._each_alone(cotangent, places, self._asked)
        return np.stack([term.gradients[name] for term in terms])

    @cached_property
    def _outputs(self) -> Arrays:
        """The loss by element, which without a loss function is the network's output."""
        ones = np.ones_like(self.case.cotangent())
        if ones.size > FEW:
            return {}
        places = list(np.ndindex(ones.shape))
        values = self._each_alone(ones, places, lambda p: p.function(p.arguments))
        return {"y": np.reshape(np.array(list(values), dtype=np.float64), ones.shape)}

    def _each_alone(self, cotangent: Any, places: Any, look: Callable[[Problem], Any]) -> Any:
        for place in places:
            weights = np.zeros_like(cotangent)
            weights[place] = cotangent[place]
            yield look(self._with(weights))


def _surer(estimate: Estimate, best: Mapping[str, Estimate], name: str) -> bool:
    def off(known: Estimate) -> float:
        return largest(known.uncertainties[name])

    return name not in best or off(estimate) < off(best[name])
