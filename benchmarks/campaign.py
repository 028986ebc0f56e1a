"""How many random networks a second `clinometer verify` judges, by oracle."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from benchmarks import process, report, timed
from benchmarks.gradients import Protocol
from benchmarks.proof import Wrong
from benchmarks.timed import Timed
from benchmarks.timer import TWIN, summary
from clinometer import Case, registry
from clinometer.campaign.run import Outcome, judge_one
from clinometer.estimate import Estimate, Oracle
from clinometer.problem import Problem

TITLE = "Random networks a second"
#: What every round brings: as many cases as JAX is asked about one of; and in a trial.
CASES, FEW = 9, 3
ALL, BASELINE = "all", "finite_difference"
WORKLOAD = "random networks"
NAMES = ("oracles",)
NUMBERS = (
    *("cases", "judged", "cases a second", f"beside {BASELINE}", "95 %", "floor"),
    *("a case, median", "at most", "evaluations a case"),
)
#: What of it a terminal has room for.
SHORT = ("oracles", "judged", "cases a second", f"beside {BASELINE}", "95 %")
EXPLANATION = (
    "The cases of `clinometer verify`, both gradients by hand before one oracle, and before all of "
    "them; each in a process of its own on one thread, warm from another case. Every round "
    f"brings up to {CASES} new networks, which all choices of oracles judge in random order. Times "
    f"are of the processor; the speed is that beside {BASELINE}: the median over the rounds of the "
    "ratio within a round, with its 95 % interval; what lies within the floor, which is how far "
    "the baseline strays from itself in another process, is a tie. Judged are those on which the "
    "oracle has said something: JAX compiles every network anew and is asked about one case in so "
    "many, and what is for large networks refuses small ones, so that its line is the time of all "
    "else. Evaluations are those of the function, in the mean, as the oracles count them. In a run "
    "in which anything disagrees nothing is timed."
)

#: Cases with their numbers in the campaign.
Numbered: TypeAlias = Sequence[tuple[int, Case]]


class Disagreed(Wrong):
    """A run whose time means nothing, as something in it was wrong."""


@dataclass(frozen=True)
class Judged:
    """One case: seconds of the processor and on the wall; whether an oracle has spoken.

    And how often the function was evaluated for that.
    """

    seconds: float
    wall: float
    spoken: bool
    evaluations: int


@dataclass(frozen=True, kw_only=True)
class Rate(Timed):
    """One choice of oracles; the times are those of a case in the mean of a round."""

    cases: int
    judged: int
    evaluations: float
    case_seconds: tuple[float, ...]

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        return [
            self.candidate,
            str(self.cases),
            str(self.judged),
            report.digits(1 / self.seconds),
            *self.speed_cells,
            report.seconds(float(np.median(self.case_seconds))),
            report.seconds(max(self.case_seconds)),
            report.digits(self.evaluations),
        ]


def choices() -> list[str]:
    """Each oracle that can be used here, the baseline first, and all of them."""
    names = [name for name in registry.choose_oracles() if name != BASELINE]
    return [BASELINE, *names, ALL]


def judge(oracles: str, cases: Numbered) -> list[Judged]:
    """Each case by one oracle, or by all that are usable. Raises Disagreed if anything does."""
    known = registry.choose_oracles(() if oracles == ALL else (oracles,))
    chosen = {name: Counting(oracle) for name, oracle in known.items()}
    subjects, found = registry.choose_subjects(), []
    for number, case in cases:
        before = _evaluations(chosen)
        start, wall = time.process_time(), time.perf_counter()
        outcome = judge_one(number, case, subjects, chosen)
        seconds, on_the_wall = time.process_time() - start, time.perf_counter() - wall
        if outcome.status == "disagree":
            raise Disagreed(f"{oracles} disagrees in {case.to_json()}: its time means nothing")
        evaluations = _evaluations(chosen) - before
        found.append(Judged(seconds, on_the_wall, _spoken(outcome, chosen), evaluations))
    return found


class Counting:
    """An oracle that adds up how often it has evaluated the functions on trial."""

    def __init__(self, oracle: Oracle) -> None:
        self.known, self.evaluations = oracle, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.known, name)

    def estimate(self, problem: Problem) -> Estimate:
        """The oracle's own."""
        found = self.known.estimate(problem)
        self.evaluations += found.evaluations
        return found


def _evaluations(oracles: Mapping[str, Counting]) -> int:
    return sum(oracle.evaluations for oracle in oracles.values())


def _spoken(outcome: Outcome, oracles: Mapping[str, object]) -> bool:
    """True where one of the oracles has said something."""
    said = (c for verdict in outcome.verdicts.values() for c in verdict.comparisons)
    return any(c.witness in oracles and c.status != "inconclusive" for c in said)


def measure(protocol: Protocol, at_once: int, seed: int = 0) -> list[Rate]:
    """A row for each choice of oracles, after as many rounds of so many cases.

    Raises process.Failed where anything disagrees.
    """
    from clinometer.campaign.drawing import Draw

    count = protocol.rounds * at_once
    *drawn, another = Draw(count, seed).cases[: count + 1]
    cases = list(enumerate(drawn))
    entrants = {name: name for name in choices()} | {TWIN: BASELINE}
    random = np.random.default_rng()
    rounds: dict[str, list[list[Judged]]] = {name: [] for name in entrants}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(process.lasting()) for name in entrants}
        for name, oracles in entrants.items():
            _judged(processes[name], oracles, [(0, another)])  # what is loaded once is loaded
        for first in range(0, count, at_once):
            for name in random.permutation(list(entrants)):
                some = cases[first : first + at_once]
                rounds[name].append(_judged(processes[name], entrants[name], some))
    return rates(rounds, random)


def _judged(there: ProcessPoolExecutor, oracles: str, cases: Numbered) -> list[Judged]:
    return process.result(there.submit(judge, oracles, cases), f"the campaign by {oracles}")


def rates(
    rounds: Mapping[str, Sequence[Sequence[Judged]]], random: np.random.Generator
) -> list[Rate]:
    """From what every choice has judged in each round, the baseline first and its twin last."""
    means = {name: [_mean(cases) for cases in several] for name, several in rounds.items()}
    result = summary(means, random)
    every = {name: [case for cases in rounds[name] for case in cases] for name in result.timings}
    return [
        Rate(
            workload=WORKLOAD,
            dtype="all",
            cases=len(cases),
            judged=sum(case.spoken for case in cases),
            evaluations=sum(case.evaluations for case in cases) / len(cases),
            case_seconds=tuple(case.seconds for case in cases),
            **timed.facts(result, name),
        )
        for name, cases in every.items()
    ]


def _mean(cases: Sequence[Judged]) -> tuple[float, float]:
    """Seconds a case, of the processor and on the wall."""
    seconds, wall = np.mean([(case.seconds, case.wall) for case in cases], axis=0)
    return float(seconds), float(wall)
