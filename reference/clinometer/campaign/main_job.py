"""The main job: subjects before oracles, on iris as networks learn and on random networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from rich.progress import Progress

from clinometer.architecture import Case
from clinometer.architecture.candidates import neighbours, pairs
from clinometer.campaign.coverage import COMPLETE, Coverage, coverage
from clinometer.campaign.drawing import Draw
from clinometer.campaign.findings import Finding, Findings
from clinometer.campaign.iris import CHECKPOINTS, LESSONS, Training, learn
from clinometer.campaign.run import Outcome, run
from clinometer.campaign.workers import Judging, Workers
from clinometer.comparison import Status
from clinometer.estimate import Oracle
from clinometer.registry import Subject
from clinometer.verdict import worst

#: From cases to their outcomes, in order.
Judge: TypeAlias = Callable[[Iterable[Case]], Iterator[Outcome]]


@dataclass
class Results:
    """What has been found so far.

    vacuous: random cases passed over because their function is constant around the point.
    coverage: what the random cases have exercised.
    """

    trainings: list[Training] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    vacuous: int = 0
    findings: list[Finding] = field(default_factory=list)
    interrupted: bool = False
    coverage: Coverage | None = None

    @property
    def all_outcomes(self) -> list[Outcome]:
        """Those on iris and those on random networks."""
        return [c.outcome for t in self.trainings for c in t.checkpoints] + self.outcomes

    @property
    def holes(self) -> list[str]:
        """What so many cases should have exercised and have not."""
        if self.coverage is None or len(self.outcomes) < COMPLETE:
            return []
        return self.coverage.holes

    @property
    def status(self) -> Status:
        """The worst of all outcomes; what was not exercised is inconclusive."""
        found: list[Status] = ["inconclusive"] if self.holes else []
        return worst([*found, *(outcome.status for outcome in self.all_outcomes)])


@dataclass(frozen=True)
class MainJob:
    """What to judge, by which oracles, in how many processes, and where to show how far it is."""

    subjects: Mapping[str, Subject]
    oracles: Mapping[str, Oracle]
    draw: Draw
    progress: Progress
    workers: int = 1

    def run(self) -> Results:
        """All of it. An interruption ends it early, with what has been found until then."""
        results = Results()
        try:
            with self._judging() as judge:  # workers get ready while the trainings run
                results.trainings.extend(self._trainings())
                for outcome in self._random_networks(judge):
                    if outcome.vacuous:
                        results.vacuous += 1
                    else:
                        results.outcomes.append(outcome)
            results.outcomes.extend(self._lost_neighbours(results.outcomes))
            results.coverage = coverage((o.case for o in results.outcomes), self.draw.dtypes)
            if results.status == "disagree":
                self.progress.add_task("looking for the causes", total=None)
                findings = Findings(self.subjects, self.oracles)
                results.findings = findings.of(results.all_outcomes, self.draw)
        except KeyboardInterrupt:
            results.interrupted = True
        return results

    def _trainings(self) -> Iterator[Training]:
        task = self.progress.add_task("iris", total=len(LESSONS) * (CHECKPOINTS[-1] + 1))
        for lesson in LESSONS:
            yield learn(lesson, self.subjects, self.oracles, lambda: self.progress.advance(task))

    @contextmanager
    def _judging(self) -> Iterator[Judge]:
        """From cases to their outcomes, here or in processes of their own."""
        if self.workers == 1:
            yield lambda cases: run(cases, self.subjects, self.oracles)
        else:
            judging = Judging(list(self.subjects), list(self.oracles))
            with Workers(self.workers, judging) as workers:
                yield lambda cases: workers.run(case.to_json() for case in cases)

    def _random_networks(self, judge: Judge) -> Iterator[Outcome]:
        """The outcomes, vacuous ones included, until as many as wanted are informative."""
        wanted = self.draw.count
        task = self.progress.add_task("random networks", total=wanted)
        cases = self.draw.cases if wanted else []
        for outcome in judge(cases):
            yield outcome
            if not outcome.vacuous:
                self.progress.advance(task)
                wanted -= 1
            if not wanted:
                return

    def _lost_neighbours(self, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        """Where no hole is to be left: one more for each pair all of whose cases were vacuous."""
        if len(outcomes) < COMPLETE:
            return
        seen = {pair for o in outcomes for pair in neighbours(o.case.architecture.layers)}
        for pair in pairs():
            if pair not in seen:
                others = run(self.draw.around(pair), self.subjects, self.oracles)
                yield from islice((o for o in others if not o.vacuous), 1)
