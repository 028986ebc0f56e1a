"""From outcomes that disagree to findings: what is wrong, in which layer, and the smallest case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clinometer.architecture import Case
from clinometer.bisection import Located, locate
from clinometer.campaign.drawing import Draw
from clinometer.campaign.localisation import (
    Blame,
    cheap,
    localise,
    localise_thoroughly,
)
from clinometer.campaign.run import Outcome, examine
from clinometer.comparison import Comparison
from clinometer.estimate import Oracle
from clinometer.formula import rerun
from clinometer.oracles.directional_probes import Prober
from clinometer.registry import Subject
from clinometer.rounding import gradient_noise
from clinometer.verdict import Verdict

#: Cases of a subject that are taken apart to find the layers to blame.
LOCALISED = 30
#: Findings that are shrunk and reported; the rest are most often consequences.
REPORTED = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    blame: the part that is wrong by itself; where none is, its kind is `network`.
    cases: how many of the cases taken apart show it; case: the smallest one that does.
    comparison: the largest disagreement in that case; verdict: all that was compared there.
    located: where in the array it is, if the comparison names no element.
    """

    blame: Blame
    cases: int
    case: Case
    comparison: Comparison
    verdict: Verdict
    located: Located | None = None

    @property
    def place(self) -> str:
        """The layer that the comparison's array belongs to, or where else it lies."""
        path, _, parameter = self.comparison.array.rpartition(".")
        if not path:
            return "the network's input" if parameter == "x" else "the function itself"
        kinds = {path: layer.kind for path, layer, _ in self.case.architecture.walk()}
        return f"layer {path} ({kinds[path]}), {parameter}"


class Findings:
    """Takes apart the outcomes that disagree, and shrinks one case for each part to blame."""

    def __init__(self, subjects: Mapping[str, Subject], oracles: Mapping[str, Oracle]) -> None:
        self.subjects = subjects
        self.oracles = oracles
        self._blames: dict[tuple[str, str], list[Blame]] = {}

    def of(self, outcomes: Sequence[Outcome], draw: Draw) -> list[Finding]:
        """The findings, those of the most cases first; `draw` drew the random cases."""
        examples: dict[Blame, list[Case]] = {}
        for subject in self.subjects:
            wrong = [o.case for o in outcomes if o.verdicts[subject].status == "disagree"]
            for case in wrong[:LOCALISED]:
                for blame in self._blame(case, subject):
                    examples.setdefault(blame, []).append(case)
        fine = {o.case.to_json() for o in outcomes if o.status != "disagree"}
        most = sorted(examples, key=lambda blame: -len(examples[blame]))
        return [self._finding(blame, examples[blame], fine, draw) for blame in most[:REPORTED]]

    def of_one(self, outcome: Outcome) -> list[Finding]:
        """The findings of a single outcome, its case left as it is."""
        found = []
        for subject, verdict in outcome.verdicts.items():
            if verdict.status == "disagree":
                worst = verdict.disagreements[0]
                located = self._locate(outcome.case, subject, worst) if worst.along else None
                found += [
                    Finding(blame, 1, outcome.case, worst, verdict, located)
                    for blame in self._blame_in_one(outcome.case, subject)
                ]
        return found

    def _blame_in_one(self, case: Case, subject: str) -> list[Blame]:
        """The parts to blame for a disagreement, at some length: no other case will tell."""
        quick = self._blame(case, subject)
        if quick and quick != [network(subject)]:
            return quick
        maker = self.subjects[subject]
        return localise_thoroughly(case, subject, maker, self.oracles) or [network(subject)]

    def _locate(self, case: Case, subject: str, comparison: Comparison) -> Located:
        problem = self.subjects[subject].problem(case)
        traced = problem.traced or subject
        formula = rerun(problem, subject, lambda: gradient_noise(problem, traced, "float64"))
        return locate(Prober(problem), formula, comparison.array)

    def _finding(
        self, blame: Blame, examples: Sequence[Case], fine: set[str], draw: Draw
    ) -> Finding:
        def shows_it(case: Case) -> bool:
            return case.to_json() not in fine and blame in self._blame(case, blame.subject)

        smallest = draw.smallest(shows_it) or examples[0]
        maker = {blame.subject: self.subjects[blame.subject]}
        verdict = examine(smallest, maker, self.oracles).verdicts[blame.subject]
        return Finding(blame, len(examples), smallest, verdict.disagreements[0], verdict)

    def _blame(self, case: Case, subject: str) -> list[Blame]:
        """The parts to blame for a case's disagreement; none where it agrees."""
        key = case.to_json(), subject
        if key not in self._blames:
            self._blames[key] = list(self._take_apart(case, subject))
        return self._blames[key]

    def _take_apart(self, case: Case, subject: str) -> Iterable[Blame]:
        quick, maker = cheap(self.oracles, case.size), self.subjects[subject]
        if examine(case, {subject: maker}, quick).verdicts[subject].status != "disagree":
            return []
        return localise(case, subject, maker, self.oracles) or [network(subject)]


def network(subject: str) -> Blame:
    """Where no part is wrong by itself."""
    return Blame(subject, "network", ())
