"""What is wrong with somebody's gradient: where, how large, and what mistake would explain it.

The function is called again for this, and only where something disagrees. Where an array is
small enough, its right gradient is computed element by element and put through the mistakes that
are known. Where it is not, bisection leads to the elements, and the mistakes that show in slopes
as they do in elements are tried on a few of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import accumulate
from typing import Any

import numpy as np

from clinometer import registry
from clinometer.adapters.trial import SUBJECT, Trial
from clinometer.agreement import slope
from clinometer.battery.arithmetic import wide
from clinometer.bisection import Located, locate
from clinometer.comparison import Comparison
from clinometer.diagnosis import Context, Diagnosis, diagnose
from clinometer.directions import Directions
from clinometer.elementwise import Elementwise, Outputs, Weighted
from clinometer.estimate import Estimate, Oracle
from clinometer.examination import Examination
from clinometer.explaining import Accused, Explained
from clinometer.inside import Inside
from clinometer.probing import Prober
from clinometer.problem import Arrays, FrameworkCode, Problem

#: Elements up to which each is moved by itself, by the oracle that does so: of all arguments, and
#: of framework code those that are accused.
EACH = {"complex_step": 2_000, "ball_arithmetic": 200, "finite_difference": 200}
#: Elements times places of the outputs up to which the terms of single places are told apart.
TERMS = 2_000
#: Directions along which slopes are held against each other, where elements are too many.
SLOPES = 5
#: Mistakes that do to slopes what they do to elements.
LINEAR = frozenset(
    {"zero", "sign", "sum for mean", "mean for sum", "constant factor", "cotangent ignored"}
    | {"cotangent used twice", "accumulated", "straight through"}
)


@dataclass(frozen=True)
class Finding:
    """One array that is wrong.

    Attributes:
        array: its name; `value` for the function itself.
        comparison: the one that accuses it most clearly.
        where: which of its elements are wrong, in words; empty where that is not known.
        mistakes: those that would explain it, the likeliest first.
        located: what was found by halving an array that is too large to move each element.
        untold: why nothing more is said, where that is so.
    """

    array: str
    comparison: Comparison
    where: str = ""
    mistakes: tuple[Diagnosis, ...] = ()
    located: Located | None = None
    untold: str = ""


@np.errstate(all="ignore")  # what is not finite is a finding
def find(
    trial: Trial, examination: Examination, accusing: Iterable[Comparison]
) -> tuple[Finding, ...]:
    """A finding for each array that a comparison accuses, of which the first one is told."""
    worst: dict[str, Comparison] = {}
    for c in accusing:
        worst.setdefault(c.array, c)
    search = _Search(trial, examination, worst)
    return tuple(search.finding(name, c) for name, c in worst.items())


class _Search:
    def __init__(self, trial: Trial, examination: Examination, accused: Iterable[str]) -> None:
        self.trial, self.examination = trial, examination
        self.problem = examination.problem
        self.accused = [name for name in accused if name in self.problem.arguments]

    def finding(self, name: str, c: Comparison) -> Finding:
        """All that can be said of an argument's gradient; of anything else, the comparison."""
        if name not in self.problem.arguments or self.examination.evidence.failure:
            return Finding(name, c)
        if name in self._accused.right.gradients:
            e = self._explained.get(name)
            return Finding(name, c, e.where, _but(c.reason, e.diagnoses)) if e else Finding(name, c)
        untold = (
            f"the arguments' {self.problem.size:,} elements are too many to move each by itself"
        )
        if not c.along:
            return Finding(name, c, untold=untold)
        located = locate(self._prober, self.examination.formula(SUBJECT), name)
        return Finding(name, c, "", self._by_slopes(name), located, untold)

    @cached_property
    def _explained(self) -> dict[str, Explained]:
        """Of the formula; of the dtype's rounding, where the formula is right."""
        found = {e.array: e for e in self._accused.explained()}
        if self.problem.dtype != "float64" and not found:
            accused = replace(self._accused, dtype=self.problem.dtype)
            found = {e.array: e for e in accused.explained()}
        return found

    @cached_property
    def _accused(self) -> Accused:
        trial, problem = self.trial, self.problem
        cotangents = trial.objective.cotangents
        places = max((c.size for c in cotangents.values()), default=1)
        moved = self._moved if self._is_dear else tuple(problem.arguments)
        size = sum(problem.arguments[name].size for name in moved)
        return Accused(
            problem=replace(problem, function=self._weighted(cotangents).function),
            subject=SUBJECT,
            oracles=_differences(moved) if self._is_dear else _oracles(problem),
            known=self._known,
            cotangents=cotangents,
            weighted=self._weighted,
            arguments={**problem.arguments, **trial.fixed},
            outputs=lambda: _outputs(trial),
            counts=_counts(trial),
            terms=size * places <= TERMS,
            inside=self._inside,
        )

    def _inside(self, name: str, trial: Any) -> Iterator[tuple[str, Any]]:
        """Of code that cannot be run under a watcher there is none."""
        with suppress(Exception):  # whatever the code raises that is only watched
            yield from self._watched.gradients(name, trial)

    @cached_property
    def _watched(self) -> Inside:
        watched = partial(self.trial.implementation.watched, self.trial.objective.value)
        return Inside(watched, self.problem.arguments)

    @property
    def _moved(self) -> tuple[str, ...]:
        """The arrays that are accused, the smallest first, as far as each element can be moved."""
        sizes = {n: self.problem.arguments[n].size for n in self.accused}
        order = sorted(sizes, key=lambda name: sizes[name])
        total = accumulate(sizes[name] for name in order)
        most = EACH["finite_difference"]
        return tuple(name for name, size in zip(order, total, strict=True) if size <= most)

    @property
    def _known(self) -> list[Estimate]:
        """What witnesses have said that are not wrong themselves."""
        wrong = {c.witness for c in self.examination.verdict(SUBJECT).odd_ones}
        known = [e for e in self.examination.evidence.estimates if e.oracle not in wrong]
        return [*known, self._agreed] if self._is_dear else known

    @property
    def _agreed(self) -> Estimate:
        """The gradients on trial that nobody accuses, none of whose elements will be moved."""
        formula = self.examination.formula(SUBJECT)
        names = [n for n in formula.gradients if n != "value" and n not in self.accused]
        gradients, own = ({n: of[n] for n in names} for of in (formula.gradients, formula.own))
        return Estimate(SUBJECT, gradients, own, evaluations=0)

    @property
    def _is_dear(self) -> bool:
        return isinstance(self.problem.function, FrameworkCode)

    @cached_property
    def _outputs(self) -> Outputs:
        adapter, objective = self.trial.implementation, self.trial.objective
        return Outputs(adapter.hidden(lambda point: adapter.outputs(objective.leaves(point))))

    def _weighted(self, cotangents: Arrays) -> Problem:
        objective = replace(self.trial.objective, cotangents=cotangents)
        adapter = self.trial.implementation
        function, gradient = adapter.scalar(objective, self.problem.arguments)
        if isinstance(function, FrameworkCode):
            function = Weighted(function, self._outputs, cotangents)
        gradients = {SUBJECT: gradient}
        return replace(self.problem, function=function, gradients=gradients, readings={})

    @cached_property
    def _prober(self) -> Prober:
        return Prober(self.problem)

    def _by_slopes(self, name: str) -> tuple[Diagnosis, ...]:
        """The mistakes that a few slopes, on trial and measured, tell as elements would."""
        directions = Directions(name, self.problem.arguments[name], SLOPES)
        measured = [self._prober.slope(name, along) for along in directions]
        formula = self.examination.formula(SUBJECT)
        on_trial = [slope(formula, name, along) for along in directions]

        def along(gradients: Arrays) -> Any:
            return np.array([np.sum(gradients[name] * direction) for direction in directions])

        context = Context(
            arguments=self.problem.arguments,
            counts=_counts(self.trial),
            scaled=lambda factor: along(self._accused.scaled(factor)),
            again=along(self._accused.calls[1]) if self._accused.calls[1] else None,
        )
        mine = np.array([float(value) for value, _ in on_trial])
        bound = np.array([s.uncertainty for s in measured]) + [own for _, own in on_trial]
        found = diagnose(name, mine, np.array([s.value for s in measured]), bound, context)
        return tuple(d for d in found if d.mistake in LINEAR)


def _but(reason: str, found: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """The diagnoses without what the comparison tells already."""
    return tuple(replace(d, sentence=d.sentence.removesuffix(f": {reason}")) for d in found)


def _oracles(problem: Problem) -> dict[str, Oracle]:
    """Those that can afford to move each element by itself."""
    usable = registry.choose_oracles()
    names = ("complex_step", "ball_arithmetic")
    return {n: usable[n] for n in names if n in usable and problem.size <= EACH[n]}


def _differences(moved: Sequence[str]) -> dict[str, Oracle]:
    """Of framework code, for these arrays, if there are any."""
    oracle = Elementwise(registry.choose_oracles()["finite_difference"], moved)
    return {"finite_difference": oracle} if moved else {}


def _outputs(trial: Trial) -> dict[str, Any]:
    adapter = trial.implementation
    run = adapter.run({name: adapter.native(array) for name, array in trial.leaves.items()})
    return {name: wide(adapter.plain(out)) for name, out in run.outputs.items()}


def _counts(trial: Trial) -> dict[str, int]:
    """Of an output with axes: its samples and what each of them has; of a number its samples."""
    shapes = [c.shape for c in trial.objective.cotangents.values() if c.ndim]
    last = {"the number of outputs": shapes[0][-1]} if shapes and len(shapes[0]) > 1 else {}
    samples = [trial.batch] if shapes else _samples(trial)
    return {"the batch size": samples[0], **last} if len(samples) == 1 else last


def _samples(trial: Trial) -> list[int]:
    """Lengths that may be the number of samples of a loss, which no output tells.

    Of the first axes of arguments, beside others without it; and no other axis is so long.
    """
    shapes = {n: np.shape(a) for n, a in {**trial.leaves, **trial.fixed}.items()}
    others = {length for shape in shapes.values() for length in shape[1:]}
    first = {s[0] for n, s in shapes.items() if len(s) > 1 and n not in trial.parameters} - others
    return [n for n in first if any(shape[:1] != (n,) for shape in shapes.values())]
