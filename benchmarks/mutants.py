"""`python -m benchmarks.mutants`: who catches the seeded mistakes, clinometer and other checkers.

Every checker gets the same function and the same gradient: on a shape such as people test their
layers with, and on random cases. A mistake counts as caught where a checker rejects the gradient
with it and passes the one without.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
import numpy as np

from benchmarks.command import Command
from benchmarks.peers import SELF_CONTAINED, Peer, course_work, scipy_check_grad
from clinometer.architecture import LAYERS, Architecture, Case
from clinometer.architecture.candidates import TYPICAL, candidates, takes
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import Outputs
from clinometer.campaign.drawing import Draw
from clinometer.campaign.run import examine
from clinometer.errors import InvalidInput
from clinometer.mutants.applied import applied
from clinometer.mutants.cases import SHARED, alone, cases_with
from clinometer.mutants.contract import try_contract
from clinometer.mutants.trial import Trial, trials
from clinometer.problem import Problem
from clinometer.registry import choose_oracles, subjects
from clinometer.report.document import write_whole
from clinometer.report.mutants import table
from clinometer.subjects import hand_written

#: Random cases of each mistake, and samples in a case of the usual shape.
CASES, SAMPLES = 3, 4
OURS = ("ball_arithmetic", "complex_step", "finite_difference")
VERSIONS = ("clinometer", "numpy", "torch", "jax", "chex", "autograd", "scipy")
PAGE = Path("docs/mutants.md")
BEGINNING, END = "<!-- peers -->\n", "<!-- end of peers -->"
HEADINGS = (
    "checker", "usual shapes: caught", "false alarms", "random cases: caught", "false alarms",
    "ms a check",
)  # fmt: skip

#: Whether a checker passes the gradient of a subject in a case, one of the usual shape or not.
Passes = Callable[["Point", Trial], bool]


@dataclass(frozen=True)
class Point:
    """A case; where it is `usual`, the loss is the sum of the outputs, as in most tests."""

    case: Case
    usual: bool

    def problem(self, dtype: str) -> Problem:
        case, cotangent = replace(self.case, dtype=dtype), self.case.cotangent()
        return hand_written.objective(
            case.architecture,
            case.arguments(),
            case.target(),
            np.ones_like(cotangent) if self.usual else cotangent,
            case.constants(),
            dtype,
        )


def _of_peer(peer: Peer, dtype: str) -> Passes:
    def passes(point: Point, trial: Trial) -> bool:
        problem = point.problem(dtype)
        return peer.tried(problem, problem.gradients[trial.subject])[0]

    return passes


def _ours(point: Point, trial: Trial) -> bool:
    maker = {trial.subject: subjects()[trial.subject]}
    if examine(point.case, maker, choose_oracles(OURS)).status == "disagree":
        return False
    tried = try_contract(point.case, trial.subject) if trial.mutant.state else None
    return not (tried and any(comparison.accuses for comparison in tried.comparisons))


def checkers() -> dict[str, Passes]:
    """Those that are installed, each in the dtype that it is made for."""
    several = {
        "`torch.autograd.gradcheck`": (SELF_CONTAINED["torch gradcheck"], "float64"),
        "the same, `fast_mode`": (SELF_CONTAINED["torch gradcheck, fast mode"], "float64"),
        "`jax.test_util.check_grads`, float32": (SELF_CONTAINED["jax check_grads"], "float32"),
        "the same, float64": (SELF_CONTAINED["jax check_grads"], "float64"),
        "`chex.assert_numerical_grads`": (SELF_CONTAINED["chex assert_numerical_grads"], "float32"),
        "`autograd.test_util.check_grads`": (SELF_CONTAINED["autograd check_grads"], "float64"),
        "`scipy.optimize.check_grad`, below 1e-6": (scipy_check_grad(1e-6), "float64"),
        "course work: h = 1e-5, relative error below 1e-7": (course_work(1e-7), "float64"),
    }
    found = {n: _of_peer(peer, dtype) for n, (peer, dtype) in several.items() if not peer.missing}
    return {"clinometer": _ours, **found}


@cache
def usual(kind: str) -> tuple[Point, ...]:
    """One case of that kind at its plainest: few samples, small sizes, the default settings."""
    if kind == SHARED:
        architecture = Architecture((3,), (Dense(3), Dense(3)), Outputs(), None, (("2", "1"),))
    elif kind in LAYERS and kind != "parallel":
        shape = next(shape for shape in TYPICAL if takes(kind, shape))
        architecture = Architecture(shape, (candidates(kind, shape)[0],), Outputs())
    else:
        architecture = alone(kind)
    return (Point(Case(architecture, batch=SAMPLES, seed=1), True),)


@cache
def random(kind: str, seed: int) -> tuple[Point, ...]:
    """A few cases as `clinometer mutants` draws them, in double precision."""
    drawn = Draw(0, seed).drawn(cases_with(kind, ("float64",)), CASES)
    return tuple(Point(case, False) for case in drawn)


@dataclass
class Tally:
    """What came of the checks of one checker."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    checks: int = 0
    passed: dict[tuple[str, Point], bool] = field(default_factory=dict)

    def add(self, passes: Passes, trial: Trial, shapes: str, points: Sequence[Point]) -> None:
        """The right gradient at each of the points, then the wrong one where that passes."""
        fine = [point for point in points if self._fine(passes, trial, shapes, point)]
        with applied(trial.mutant):
            caught = any(not self._timed(passes, point, trial) for point in fine)
        self.counts[shapes, "caught"] += caught
        self.counts[shapes, "mistakes"] += 1

    def _fine(self, passes: Passes, trial: Trial, shapes: str, point: Point) -> bool:
        key = trial.subject, point
        if key not in self.passed:
            self.passed[key] = self._timed(passes, point, trial)
            self.counts[shapes, "right"] += 1
            self.counts[shapes, "false alarms"] += not self.passed[key]
        return self.passed[key]

    def _timed(self, passes: Passes, point: Point, trial: Trial) -> bool:
        start = time.process_time()
        with np.errstate(all="ignore"):
            passed = passes(point, trial)
        self.seconds += time.process_time() - start
        self.checks += 1
        return passed


def measure(chosen: Sequence[Trial], seed: int) -> dict[str, Tally]:
    """Every checker before every mistake."""
    tallies = {}
    for name, passes in checkers().items():
        tallies[name] = tally = Tally()
        for trial in chosen:
            tally.add(passes, trial, "usual", usual(trial.layer))
            tally.add(passes, trial, "random", random(trial.layer, seed))
        click.echo(f"{name}: {tally.seconds:.0f} s", err=True)
    return tallies


def mistakes(number: int) -> list[Trial]:
    """Each mistake once, in one layer; so many of them, evenly spread, or all."""
    first: dict[str, Trial] = {}
    for trial in trials():
        first.setdefault(f"{trial.mutant.why} {trial.mutant.name.rpartition('.')[2]}", trial)
    every = list(first.values())
    places = np.linspace(0, len(every) - 1, min(number or len(every), len(every)))
    return [every[int(place)] for place in places]


def text(tallies: Mapping[str, Tally], number: int, seed: int) -> str:
    """The table in Markdown, and what it rests on."""
    rows = [[name, *_row(tally)] for name, tally in tallies.items()]
    bases = ", ".join(f"{name} {found}" for name in VERSIONS if (found := _version(name)))
    return f"{table(HEADINGS, rows)}\n\n{number} mistakes, seed {seed}; {bases}\n"


def _row(tally: Tally) -> Iterator[str]:
    for shapes in ("usual", "random"):
        counts = {what: tally.counts[shapes, what] for _, what in tally.counts}
        yield f"{counts['caught']} of {counts['mistakes']}"
        yield f"{counts['false alarms']} of {counts['right']}"
    yield f"{1000 * tally.seconds / tally.checks:.0f}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def around(page: Path) -> tuple[str, str]:
    """What stands before and after the table. Raises InvalidInput where it has no place."""
    try:
        before, after = re.split(f"{BEGINNING}.*{END}", page.read_text("utf-8"), flags=re.DOTALL)
    except ValueError as error:
        marks = f"{BEGINNING.strip()} and {END}"
        raise InvalidInput(f"{page} has no place for the table; mark it by {marks}") from error
    return before, after


@click.command(cls=Command)
@click.option(
    "--mistakes",
    "number",
    type=click.IntRange(0),
    default=48,
    show_default=True,
    help="How many; 0 is all.",
)
@click.option("--seed", default=0, show_default=True, help="Determines the random cases.")
@click.option(
    "--page",
    type=click.Path(exists=True, dir_okay=False, writable=True, path_type=Path),
    default=PAGE,
    show_default=True,
    help="Where the table goes, between its two marks.",
)
def main(number: int, seed: int, page: Path) -> None:
    """Put the mistakes before every checker, and write the table into the page."""
    around(page)
    chosen = mistakes(number)
    written = text(measure(chosen, seed), len(chosen), seed)
    before, after = around(page)
    write_whole(page, f"{before}{BEGINNING}{written}{END}{after}")
    click.echo(written)


if __name__ == "__main__":
    main()
