"""The code without a mistake before the same cases: whoever accuses it is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clinometer import registry
from clinometer.campaign.run import Outcome
from clinometer.estimate import Oracle
from clinometer.mutants.cases import KINDS
from clinometer.mutants.table import mutants
from clinometer.mutants.trial import by_contract, informative


@dataclass(frozen=True)
class Control:
    """What was said of the code without a mistake in the cases of one kind.

    Attributes:
        cases: the number of informative cases judged.
        inconclusive: in how many of them nobody could tell.
        alarms: those in which a verdict disagreed, as lines of JSON.
        seconds: of processor time.
    """

    kind: str
    cases: int = 0
    inconclusive: int = 0
    alarms: tuple[str, ...] = ()
    seconds: float = 0.0


def control(kind: str, oracles: Mapping[str, Oracle], seed: int, count: int) -> Control:
    """So many cases, each judged as those of a mutant are, by all oracles."""
    start = time.process_time()
    names = {name for m in mutants().values() if kind in m.layers for name in m.subjects}
    subjects = registry.choose_subjects(sorted(names))
    outcomes = list(informative(kind, subjects, oracles, oracles, seed, count))
    stateful = any(mutant.state and kind in mutant.layers for mutant in mutants().values())
    accused = [o.case.to_json() for o in outcomes if _accused(o, stateful)]
    unknown = sum(outcome.status == "inconclusive" for outcome in outcomes)
    return Control(kind, len(outcomes), unknown, tuple(accused), time.process_time() - start)


def _accused(outcome: Outcome, stateful: bool) -> bool:
    broken = stateful and any(by_contract(outcome.case, name) for name in outcome.verdicts)
    return broken or outcome.status == "disagree"


@dataclass(frozen=True)
class Controlling:
    """The work of a process: one kind after the other, so many cases of each."""

    oracles: Sequence[str]
    seed: int
    count: int

    def begin(self) -> Callable[[int, str], Control]:
        oracles = registry.choose_oracles(self.oracles)
        return lambda number, kind: control(kind, oracles, self.seed, self.count)

    def lost(self, line: str, reason: str) -> Control:
        """A case that kills whoever judges it is an alarm without a case to show."""
        return Control(line, alarms=(reason,))


def share(cases: int) -> int:
    """How many cases of each kind there are to be, for so many in all."""
    return -(-cases // len(KINDS))
