"""`python -m benchmarks.large`: one wrong element among 2.6 million, and what it costs to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from benchmarks import report
from benchmarks.process import fresh
from benchmarks.timer import compare
from clinometer import Architecture, Case
from clinometer.architecture.layers.activations import Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.bisection import locate
from clinometer.formula import Formula, rerun
from clinometer.probing import Prober
from clinometer.problem import Problem
from clinometer.report.document import write_whole
from clinometer.rounding import gradient_noise
from clinometer.subjects import hand_written

WIDTHS = (1024, 1024, 1024, 512)
BATCH = 4
RELATIVE_ERRORS = (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
TITLE = "One wrong element in a large network"
EXPLANATION = (
    "A tanh network. In turn, one random element of one of its weights is made wrong by a relative "
    "error. An error of two uncertainties of a probe or more is promised to show; smaller ones, "
    "as those of small elements are, may. Evaluations are those of the function, all in all: the "
    "noise, the probes of every array, bisection, and the difference that confirms the element."
)
FOUND = ("relative error", "wrong elements", "found", "promised", "found of those", "evaluations")
TIMES = ("what", "time", "in gradients", "95 %")


@dataclass(frozen=True)
class Found:
    """What came of the elements that were made wrong by one relative error.

    exact: those found, and nothing else with them; kept: those of them that were promised.
    """

    relative: float
    tried: int
    exact: int
    promised: int
    kept: int
    evaluations: tuple[int, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """A line of the table."""
        fewest, most = min(self.evaluations), max(self.evaluations)
        numbers = (self.tried, self.exact, self.promised, self.kept)
        return (f"{self.relative:g}", *map(str, numbers), f"{fewest}…{most}")


@dataclass(frozen=True)
class Measured:
    """All of it; the times as lines of their table."""

    elements: int
    found: Sequence[Found]
    times: Sequence[Sequence[str]]
    surroundings: dict[str, Any]


class Trial:
    """The network, its right gradient, and an oracle that has probed every array."""

    def __init__(self, widths: Sequence[int]) -> None:
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
        """Look for that many elements, one at a time."""
        exact, promised, evaluations = [], [], []
        for number in range(count):
            name = self.weights[number % len(self.weights)]
            shape = self.right.gradients[name].shape
            index = tuple(int(random.integers(length)) for length in shape)
            self.prober.evaluations = self.probing
            located = locate(self.prober, self.wrong(name, index, relative), name)
            exact.append([element.index for element in located.elements] == [index])
            promised.append(self._promised(name, index, relative))
            evaluations.append(self.prober.evaluations)
        kept = sum(map(all, zip(exact, promised, strict=True)))
        return Found(relative, count, sum(exact), sum(promised), kept, tuple(evaluations))

    def _promised(self, name: str, index: tuple[int, ...], relative: float) -> bool:
        """True where the error is at least two uncertainties, so that the probes must see it."""
        error = abs(self.right.gradients[name][index]) * relative
        scale = self.prober.directions[name].scale[index]
        return bool(error * scale >= 2 * max(s.uncertainty for s in self.prober.slopes(name)))

    def times(self, rounds: int) -> list[list[str]]:
        """One gradient, and beside it the probes of all arrays and bisection in one of them."""
        arguments, gradient = self.problem.arguments, self.problem.gradients["vectorised"]
        name = self.weights[0]
        wrong = {e: self.wrong(name, (3, 5), e) for e in (1.0, 1e-4)}
        candidates: dict[str, Callable[[], object]] = {
            "one gradient": lambda: gradient(arguments),
            "the function": lambda: self.problem.function(arguments),
            "probes of every array": lambda: Prober(self.problem).estimate(),
            "bisection, error 1": lambda: locate(self.prober, wrong[1.0], name),
            "bisection, error 1e-4": lambda: locate(self.prober, wrong[1e-4], name),
        }
        result = compare(candidates, rounds, slice_seconds=0.05)
        return [
            [
                what,
                report.seconds(timing.seconds),
                report.digits(timing.ratio),
                f"{report.digits(timing.low)}…{report.digits(timing.high)}",
            ]
            for what, timing in result.timings.items()
        ]


def measure(widths: Sequence[int], count: int, rounds: int) -> Measured:
    """So many wrong elements for each relative error; so many rounds of timing."""
    trial, random = Trial(widths), np.random.default_rng(0)
    found = [trial.find(relative, count, random) for relative in RELATIVE_ERRORS]
    return Measured(trial.problem.size, found, trial.times(rounds), report.environment())


def markdown(measured: Measured, widths: Iterable[int]) -> str:
    """Both tables with what is needed to read them."""
    network = f"{'-'.join(map(str, widths))}, batch {BATCH}: {measured.elements:,} elements"
    return "\n\n".join(
        [
            f"# {TITLE}",
            f"{EXPLANATION} The network is {network}.",
            report.markdown_grid(FOUND, [row.cells for row in measured.found]),
            report.markdown_grid(TIMES, measured.times),
            report.facts(measured.surroundings) + "\n",
        ]
    )


@click.command()
@click.option("--quick", is_flag=True, help="A small network and few rounds: only a trial.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for large.md.",
)
def main(quick: bool, results: Path) -> None:
    """Make elements of a large gradient wrong, and find them by probes and bisection."""
    widths, count, rounds = ((64, 48, 10), 3, 3) if quick else (WIDTHS, 30, 11)
    with fresh() as process:
        measured = process.submit(measure, widths, count, rounds).result()
    console = Console()
    console.print(report.grid(TITLE, FOUND, [row.cells for row in measured.found], names=0))
    console.print(report.grid("time", TIMES, measured.times))
    results.mkdir(parents=True, exist_ok=True)
    write_whole(results / "large.md", markdown(measured, widths))
    console.print(f"written to {results / 'large.md'}")


if __name__ == "__main__":
    main()
