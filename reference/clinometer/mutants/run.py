"""Many mutants on trial, in this process or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.progress import Progress

from clinometer import registry
from clinometer.campaign.workers import Work, Workers
from clinometer.errors import InvalidInput
from clinometer.estimate import Oracle
from clinometer.mutants.cases import KINDS
from clinometer.mutants.control import Control, Controlling
from clinometer.mutants.table import mutants
from clinometer.mutants.trial import Result, Trial, judge, trials

#: Cases within which nearly all are to be caught.
FEW = 25

T = TypeVar("T")


@dataclass
class Results:
    """What came of the trials so far; `wanted` is how many there are.

    `controls` is what was said of the code without a mistake, if that was asked for.
    """

    wanted: int
    results: list[Result] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    interrupted: bool = False

    @property
    def caught(self) -> list[Result]:
        """Those in which a verdict disagreed."""
        return [result for result in self.results if result.caught]

    @property
    def survivors(self) -> list[Result]:
        """Those in which none did."""
        return [result for result in self.results if not result.caught]

    @property
    def alarms(self) -> list[str]:
        """The cases in which the code without a mistake was accused."""
        return [case for control in self.controls for case in control.alarms]

    @property
    def counts(self) -> dict[str, int]:
        """How many trials there were, and of how many what is said."""
        return {
            "trials": len(self.results),
            "caught": len(self.caught),
            f"caught within {FEW} cases": sum(r.cases <= FEW for r in self.caught),
            "layer named rightly": sum(r.layer_right for r in self.caught),
            "gradient named rightly": sum(r.gradients_right for r in self.caught),
            "mistake that has a name": sum(r.diagnosis_right is not None for r in self.caught),
            "mistake named rightly": sum(r.diagnosis_right is True for r in self.caught),
            "cases without a mistake": sum(control.cases for control in self.controls),
            "false alarms": len(self.alarms),
        }


@dataclass(frozen=True)
class Trying:
    """The work of a process: one trial after the other, by their names."""

    oracles: Sequence[str]
    seed: int
    limit: int

    def begin(self) -> Callable[[int, str], Result]:
        by_name = {trial.name: trial for trial in trials()}
        oracles = registry.choose_oracles(self.oracles)
        return lambda number, line: judge(by_name[line], oracles, self.seed, self.limit)

    def lost(self, line: str, reason: str) -> Result:
        """A mutant that kills is no survivor; what it does to whoever runs it, `verify` tells."""
        mutant, layer, subject = line.split("|")
        return Result(mutant, layer, subject, 1, caught=True, witnesses=("contract",))


def chosen(names: Sequence[str]) -> list[Trial]:
    """The trials of these mutants, or of all. Raises InvalidInput for one that is not there."""
    for name in names:
        if name not in mutants():
            raise InvalidInput(f"there is no mutant {name!r}; docs/mutants.md lists them")
    return trials(names)


def own_oracles(names: Sequence[str]) -> Mapping[str, Oracle]:
    """Those of that name; else all but the costly ones, which judge only some cases of a run."""
    oracles = registry.choose_oracles(names)
    return oracles if names else {n: o for n, o in oracles.items() if o.STRIDE == 1}


@dataclass(frozen=True)
class Job:
    """What to try, by which oracles, on which cases, and where to show how far it is.

    `control` is how many cases of each kind are to be judged without a mistake.
    """

    trials: Sequence[Trial]
    oracles: Mapping[str, Oracle]
    seed: int
    limit: int
    progress: Progress
    workers: int = 1
    control: int = 0

    def run(self) -> Results:
        """All of it. An interruption ends it early, with what has been found until then."""
        results = Results(len(self.trials))
        kinds = KINDS if self.control else ()
        task = self.progress.add_task("mutants", total=len(self.trials) + len(kinds))
        names = list(self.oracles)
        try:
            tried = Trying(names, self.seed, self.limit)
            for result in self._done(tried, [trial.name for trial in self.trials]):
                results.results.append(result)
                self.progress.advance(task)
            for control in self._done(Controlling(names, self.seed, self.control), kinds):
                results.controls.append(control)
                self.progress.advance(task)
        except KeyboardInterrupt:
            results.interrupted = True
        return results

    def _done(self, work: Work[T], lines: Iterable[str]) -> Iterator[T]:
        """What the work makes of each line."""
        if self.workers == 1:
            do = work.begin()
            yield from (do(number, line) for number, line in enumerate(lines))
            return
        with Workers(self.workers, work) as workers:
            yield from workers.run(lines)
