"""One wrong element among 2.6 million, and what it costs to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from benchmarks import timed
from benchmarks.differences import BACKWARD, FUNCTION, Difference
from benchmarks.gradients import Protocol
from benchmarks.proof import Wrong
from benchmarks.timer import compare
from clinometer import Architecture, Case
from clinometer.architecture.layers.activations import Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.bisection import Located, locate
from clinometer.formula import Formula, rerun
from clinometer.probing import Prober
from clinometer.problem import Problem
from clinometer.rounding import gradient_noise
from clinometer.subjects import hand_written

#: Widths from the input to the output, and how many elements are made wrong; and those of a trial.
USUAL: tuple[tuple[int, ...], int] = ((1024, 1024, 1024, 512), 30)
FEW: tuple[tuple[int, ...], int] = ((64, 48, 10), 3)
BATCH = 4
RELATIVE_ERRORS = (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
TITLE = "One wrong element in a large network"
EXPLANATION = (
    "A tanh network. In turn, one random element of one of its weights is made wrong by a relative "
    "error. An error of two uncertainties of a probe or more is promised to show; smaller ones, "
    "as those of small elements are, may. Evaluations are those of the function, all in all: the "
    "noise, the probes of every array, bisection, and the difference that confirms the element."
)
NAMES = ("network",)
NUMBERS = (
    *("relative error", "wrong elements", "found", "promised", "found of those"),
    *("fewest evaluations", "most evaluations"),
)

#: What of it a terminal has room for.
SHORT = ("relative error", "wrong elements", "found", "promised", "most evaluations")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of the elements that were made wrong by one relative error.

    exact: those found, and nothing else with them; kept: those of them that were promised.
    """

    workload: str
    relative: float
    tried: int
    exact: int
    promised: int
    kept: int
    fewest: int
    most: int

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        numbers = (self.tried, self.exact, self.promised, self.kept, self.fewest, self.most)
        return [self.workload, f"{self.relative:g}", *map(str, numbers)]


class Trial:
    """The network, its right gradient, and an oracle that has probed every array."""

    def __init__(self, widths: Sequence[int]) -> None:
        self.workload = f"{'-'.join(map(str, widths))}, batch {BATCH}, tanh"
        inputs, *hidden, outputs = widths
        layers = [layer for width in hidden for layer in (Dense(width), Tanh())]
        architecture = Architecture((inputs,), (*layers, Dense(outputs)))
        self.problem: Problem = hand_written.problem(Case(architecture, batch=BATCH))
        noise = partial(gradient_noise, self.problem, "vectorised", "float64")
        self.right = rerun(self.problem, "vectorised", noise)
        self.weights = [name for name in self.problem.arguments if name.endswith("weight")]
        self.prober = Prober(self.problem)
        self.prober.estimate()
        self.probing = self.prober.evaluations

    def wrong(self, name: str, index: tuple[int, ...], relative: float) -> Formula:
        """The gradient with one element off."""
        spoilt = self.right.gradients[name].copy()
        spoilt[index] *= 1 + relative
        return replace(self.right, gradients={**self.right.gradients, name: spoilt})

    def find(self, relative: float, count: int, random: np.random.Generator) -> Found:
        """Look for that many elements, one at a time. Raises Wrong if it misses a promised one."""
        exact, promised, counts = [], [], []
        for number in range(count):
            name = self.weights[number % len(self.weights)]
            shape = self.right.gradients[name].shape
            index = tuple(int(random.integers(length)) for length in shape)
            located, more = self.located(self.wrong(name, index, relative), name)
            exact.append([element.index for element in located.elements] == [index])
            promised.append(self._promised(name, index, relative))
            counts.append(self.probing + more)
        kept = sum(map(all, zip(exact, promised, strict=True)))
        if kept < sum(promised):
            raise Wrong(f"of errors of {relative:g} some were not found that had to be")
        return Found(
            workload=self.workload,
            relative=relative,
            tried=count,
            exact=sum(exact),
            promised=sum(promised),
            kept=kept,
            fewest=min(counts),
            most=max(counts),
        )

    def _promised(self, name: str, index: tuple[int, ...], relative: float) -> bool:
        """True where the error is at least two uncertainties, so that the probes must see it."""
        error = abs(self.right.gradients[name][index]) * relative
        scale = self.prober.directions[name].scale[index]
        return bool(error * scale >= 2 * max(s.uncertainty for s in self.prober.slopes(name)))

    def located(self, wrong: Formula, name: str) -> tuple[Located, int]:
        """What bisection finds in an array that is probed, and how many evaluations it takes."""
        before = self.prober.evaluations
        found = locate(self.prober, wrong, name)
        return found, self.prober.evaluations - before

    def times(self, protocol: Protocol) -> list[Difference]:
        """One gradient, and beside it the probes of all arrays and bisection in one of them."""
        backward, name = self.problem.gradients["vectorised"], self.weights[0]
        ways: dict[str, tuple[Callable[[], object], int]] = {
            BACKWARD: (lambda: backward(self.problem.arguments), 0),
            FUNCTION: (lambda: self.problem.function(self.problem.arguments), 1),
            "probes of every array": (lambda: Prober(self.problem).estimate(), self.probing),
        }
        for relative in ("1", "1e-4"):
            wrong = self.wrong(name, (3, 5), float(relative))
            way = partial(locate, self.prober, wrong, name)
            ways[f"bisection, error {relative}"] = way, self.located(wrong, name)[1]
        candidates = {what: way for what, (way, _) in ways.items()}
        result = compare(candidates, protocol.rounds, protocol.slice_seconds)
        return [
            Difference(
                workload=self.workload,
                dtype="float64",
                activation="tanh",
                size=self.problem.size,
                evaluations=evaluations,
                **timed.facts(result, what),
            )
            for what, (_, evaluations) in ways.items()
        ]


def measure(widths: Sequence[int], count: int, protocol: Protocol) -> list[Difference | Found]:
    """The times, and what came of so many wrong elements for each relative error."""
    trial, random = Trial(widths), np.random.default_rng(0)
    found = [trial.find(relative, count, random) for relative in RELATIVE_ERRORS]
    return [*trial.times(protocol), *found]
