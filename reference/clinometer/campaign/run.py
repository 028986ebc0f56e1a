"""The plain loop: each case before its oracles, and what they said of each subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from clinometer.architecture import Case
from clinometer.campaign.training_points import trained
from clinometer.comparison import Status
from clinometer.estimate import Oracle
from clinometer.examination import Examination
from clinometer.registry import Subject
from clinometer.verdict import Verdict, worst

#: One case in so many is judged along its training. No multiple of a costly oracle's stride.
TRAINED = 7


@dataclass(frozen=True)
class Outcome:
    """What was found of one case: a verdict for each subject.

    vacuous: nothing was tested, since around the point the function changes by nothing that shows.
    refusals: why an oracle did not answer, by its name.
    """

    case: Case
    verdicts: Mapping[str, Verdict]
    vacuous: bool = False
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def kinks(self) -> int:
        """The number of elements that were judged beside the point since a kink lies on it."""
        return max(sum(c.kinks for c in verdict.comparisons) for verdict in self.verdicts.values())

    @property
    def status(self) -> Status:
        """The worst of the verdicts."""
        return worst(verdict.status for verdict in self.verdicts.values())


def examine(case: Case, subjects: Mapping[str, Subject], oracles: Mapping[str, Oracle]) -> Outcome:
    """One case: the oracles answer once for all subjects that share a problem."""
    examinations = {
        id(maker): Examination(maker.problem(case), oracles) for maker in subjects.values()
    }
    verdicts = {name: examinations[id(maker)].verdict(name) for name, maker in subjects.items()}
    evidence = [examination.evidence for examination in examinations.values()]
    return Outcome(
        case,
        verdicts,
        vacuous=any(e.vacuous for e in evidence) or all(v.hidden for v in verdicts.values()),
        refusals={name: why for e in evidence for name, why in e.refusals.items()},
    )


def judge_one(
    number: int, case: Case, subjects: Mapping[str, Subject], oracles: Mapping[str, Oracle]
) -> Outcome:
    """The outcome of the campaign's case of that number, counted from 0.

    Costly oracles judge only some of the cases, and some cases are judged at a point along their
    training. Enclosures are not kept.
    """
    on_duty = {name: oracle for name, oracle in oracles.items() if number % oracle.STRIDE == 0}
    along = (number + 1) % TRAINED == 0
    there = trained(case, next(iter(subjects.values()))) if along else case
    outcome = examine(there, subjects, on_duty)
    verdicts = {name: replace(v, enclosure={}) for name, v in outcome.verdicts.items()}
    return replace(outcome, verdicts=verdicts)


def run(
    cases: Iterable[Case], subjects: Mapping[str, Subject], oracles: Mapping[str, Oracle]
) -> Iterator[Outcome]:
    """The outcome of each case, as it comes."""
    return (judge_one(number, case, subjects, oracles) for number, case in enumerate(cases))
