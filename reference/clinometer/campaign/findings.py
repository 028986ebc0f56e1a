"""From outcomes that disagree to findings: what is wrong, in which layer, and the smallest case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from clinometer.architecture import Case
from clinometer.bisection import Located, locate
from clinometer.campaign.drawing import Draw
from clinometer.campaign.explaining import explain
from clinometer.campaign.localisation import Blame, cheap, localise, localise_thoroughly, short
from clinometer.campaign.run import Outcome, examine
from clinometer.comparison import Comparison
from clinometer.estimate import Oracle
from clinometer.explaining import Explained
from clinometer.formula import rerun
from clinometer.probing import Prober
from clinometer.registry import Subject
from clinometer.rounding import gradient_noise
from clinometer.verdict import Verdict

#: Cases of a subject that are taken apart to find the layers to blame.
LOCALISED = 30
#: Findings that are shrunk and reported; the rest are most often consequences.
REPORTED = 5
#: Where a case has fewer samples ...
FEW = 3
#: ... as many tell more: not the size of many axes, nor a multiple of one.
SEVERAL = 7
#: A part of up to so many elements is quickly explained.
QUICK = 1000
#: Cases of a part that are asked for an explanation, until one has it.
ASKED = 3


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    blame: the part that is wrong by itself; where none is, its kind is `network`.
    cases: how many of the cases taken apart show it; case: the smallest one that does.
    comparison: the largest disagreement in that case; verdict: all that was compared there.
    located: where in the array it is, if the comparison names no element.
    explained: the mistakes that would explain it, array by array, where the part is alone.
    """

    blame: Blame
    cases: int
    case: Case
    comparison: Comparison
    verdict: Verdict
    located: Located | None = None
    explained: tuple[Explained, ...] = ()

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
        self._blames: dict[tuple[str, str], dict[Blame, Case]] = {}

    def of(self, outcomes: Sequence[Outcome], draw: Draw) -> list[Finding]:
        """The findings, those of the most cases first; `draw` drew the random cases."""
        examples: dict[Blame, list[Case]] = {}
        for subject in self.subjects:
            wrong = [o.case for o in outcomes if o.verdicts[subject].status == "disagree"]
            for case in wrong[:LOCALISED]:
                for blame in self._blame(case, subject) or {network(subject): case}:
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
                    Finding(blame, 1, outcome.case, worst, verdict, located, self._explain(blame))
                    for blame in self._blame_in_one(outcome.case, subject)
                ]
        return found

    def _blame_in_one(self, case: Case, subject: str) -> dict[Blame, Case]:
        """The parts to blame for a disagreement, at some length: no other case will tell."""
        if set(self._blame(case, subject)) <= {network(subject)}:
            maker = self.subjects[subject]
            found = localise_thoroughly(case, subject, maker, self.oracles)
            self._blames[case.to_json(), subject] = found or {network(subject): case}
        return self._blames[case.to_json(), subject]

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
        worst = verdict.disagreements[0]
        explained = self._explain(blame)
        return Finding(blame, len(examples), smallest, worst, verdict, explained=explained)

    def _explain(self, blame: Blame) -> tuple[Explained, ...]:
        """What mistakes would make the part wrong, where its numbers tell most."""
        alone = [blames[blame] for blames in self._blames.values() if blame in blames]
        best = sorted(alone, key=lambda case: _tells(case, blame), reverse=True)[:ASKED]
        if blame != network(blame.subject):
            best = [point for case in best for point in _telling(case)]
        explained: tuple[Explained, ...] = ()
        for case in best:
            oracles = cheap(self.oracles, case.size)
            wrong = explain(case, blame.subject, self.subjects[blame.subject], oracles)
            told = tuple(e for e in wrong if not blame.arrays or short(e.array) in blame.arrays)
            explained = explained or told
            if any(e.diagnoses for e in told):
                return told
        return explained

    def _blame(self, case: Case, subject: str) -> dict[Blame, Case]:
        """The parts to blame for a case's disagreement, each alone; none where it agrees."""
        key = case.to_json(), subject
        if key not in self._blames:
            self._blames[key] = self._take_apart(case, subject)
        return self._blames[key]

    def _take_apart(self, case: Case, subject: str) -> dict[Blame, Case]:
        quick, maker = cheap(self.oracles, case.size), self.subjects[subject]
        if examine(case, {subject: maker}, quick).verdicts[subject].status != "disagree":
            return {}
        return localise(case, subject, maker, self.oracles) or {network(subject): case}


def _tells(case: Case, blame: Blame) -> tuple[bool, bool, int]:
    """Numbers of no pattern, and so many that none fits by chance but no more than are quick."""
    shapes = {"x": (case.batch, *case.architecture.inputs), **case.architecture.parameter_shapes}
    wrong = sum(prod(shape) for name, shape in shapes.items() if short(name) in blame.arrays)
    return case.values == "continuous", case.size <= QUICK, wrong


def _telling(case: Case) -> list[Case]:
    """The same part with numbers of no pattern, for several samples; and the case itself."""
    batch = SEVERAL if case.batch < FEW else case.batch
    telling = replace(case, values="continuous", batch=batch, parameters=None)
    return [telling] if telling == case else [telling, case]


def network(subject: str) -> Blame:
    """Where no part is wrong by itself."""
    return Blame(subject, "network", ())
