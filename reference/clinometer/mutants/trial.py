"""One mutant on trial: case after case until a verdict disagrees, and what the verdict names."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from clinometer.architecture import Case
from clinometer.campaign.findings import Finding, Findings
from clinometer.campaign.localisation import Blame
from clinometer.campaign.run import Outcome, examine
from clinometer.estimate import Oracle
from clinometer.mutants.applied import applied
from clinometer.mutants.cases import drawn
from clinometer.mutants.contract import try_contract
from clinometer.mutants.table import Mutant, mutants
from clinometer.registry import Subject, subjects
from clinometer.verdict import Verdict

#: The oracle that is asked first: alone it decides most cases, for the cost of a few gradients.
QUICK = "ball_arithmetic"
#: What is blamed where no part is wrong by itself.
NETWORK = "network"
#: Cases that are drawn for each that is wanted, as some turn out vacuous.
SPARE = 3


@dataclass(frozen=True)
class Trial:
    """A mutant before the cases of one layer; `subject` is whose gradient is judged."""

    mutant: Mutant
    layer: str
    subject: str

    @property
    def name(self) -> str:
        return f"{self.mutant.name}|{self.layer}|{self.subject}"


@dataclass(frozen=True)
class Result:
    """What came of a trial.

    Attributes:
        cases: the number of informative cases judged, the one that caught it included.
        caught: whether there was one.
        witnesses: who accuses the gradient in that case.
        arrays: the arrays that disagree there.
        blames: the parts that are wrong by themselves, each with its gradients.
        layer_right: whether the part with the mistake is blamed, and nothing else.
        gradients_right: whether all gradients that are blamed are such as the mistake spoils.
        diagnosis: what the mistake is called, by what most numbers speak for.
        diagnosis_right: whether that is it; None where the diagnosis knows no such mistake.
        seconds: of processor time.
        case: that case as a line of JSON.
    """

    mutant: str
    layer: str
    subject: str
    cases: int = 0
    caught: bool = False
    witnesses: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()
    blames: tuple[str, ...] = ()
    layer_right: bool = False
    gradients_right: bool = False
    diagnosis: str = ""
    diagnosis_right: bool | None = None
    seconds: float = 0.0
    case: str = ""


def trials(names: Sequence[str] = ()) -> list[Trial]:
    """Each mutant before each layer that it spoils, in each set of kernels in which it is."""
    return [
        Trial(mutant, layer, subject)
        for name, mutant in mutants().items()
        if not names or name in names
        for layer in mutant.layers
        for subject in mutant.subjects
    ]


def judge(trial: Trial, oracles: Mapping[str, Oracle], seed: int, limit: int) -> Result:
    """The first case in which the verdict disagrees, of at most `limit` that are informative.

    The quick oracle is asked alone at first, and the others where it has seen something, or
    nothing in any case: so whoever can catch the mistake does.
    """
    start = time.process_time()
    quick = {name: oracle for name, oracle in oracles.items() if name == QUICK} or oracles
    with applied(trial.mutant):
        result = _first_caught(trial, quick, oracles, seed, limit)
        if not result.caught and quick != oracles:
            result = _first_caught(trial, oracles, oracles, seed, limit)
    return replace(result, seconds=time.process_time() - start)


def _first_caught(
    trial: Trial, asked: Mapping[str, Oracle], oracles: Mapping[str, Oracle], seed: int, limit: int
) -> Result:
    maker = {trial.subject: subjects()[trial.subject]}
    found = Result(trial.mutant.name, trial.layer, trial.subject)
    for outcome in informative(trial.layer, maker, asked, oracles, seed, limit):
        found = replace(found, cases=found.cases + 1)
        if outcome.status == "disagree":
            findings = Findings(maker, oracles).of_one(outcome)
            blames = [finding.blame for finding in findings]
            named = _named(found, trial, outcome.case, outcome.verdicts[trial.subject], blames)
            return _diagnosed(named, trial.mutant, findings)
        if trial.mutant.state and (verdict := by_contract(outcome.case, trial.subject)):
            blames = _blames(outcome.case, trial.subject, verdict)
            return _named(found, trial, outcome.case, verdict, blames)
    return found


def informative(
    kind: str,
    maker: Mapping[str, Subject],
    asked: Mapping[str, Oracle],
    oracles: Mapping[str, Oracle],
    seed: int,
    limit: int,
) -> Iterator[Outcome]:
    """The outcomes of so many cases of that kind that are not vacuous.

    What those who are asked disagree with, or have no answer to, is put before all oracles.
    """
    for case in islice(drawn(kind, seed), SPARE * limit):
        outcome = examine(case, maker, asked)
        if asked is not oracles and (outcome.status == "disagree" or outcome.refusals):
            outcome = examine(case, maker, oracles)
        if not outcome.vacuous or outcome.status == "disagree":
            yield outcome
            limit -= 1
        if not limit:
            return


def by_contract(case: Case, subject: str) -> Verdict | None:
    """The breaches that the battery finds, or None."""
    tried = try_contract(case, subject)
    broken = [c for c in tried.comparisons if c.accuses] if tried else []
    return Verdict(tuple(broken)) if broken else None


def _blames(case: Case, subject: str, verdict: Verdict) -> list[Blame]:
    """The layers whose arrays are named; the network, where it is the input."""
    kinds = {path: layer.kind for path, layer, _ in case.architecture.walk()}
    parts = [name.rpartition(".") for name in verdict.arrays]
    return [
        Blame(subject, kinds.get(path, NETWORK), ("input" if name == "x" else name,))
        for path, _, name in parts
    ]


def _diagnosed(found: Result, mutant: Mutant, findings: Sequence[Finding]) -> Result:
    """With the mistake that explains most of an array, and the most of its numbers."""
    first = [e.diagnoses[0] for finding in findings for e in finding.explained if e.diagnoses]
    best = max(first, key=lambda diagnosis: (diagnosis.explains, diagnosis.evidence), default=None)
    name = best.mistake if best else ""
    return replace(
        found, diagnosis=name, diagnosis_right=name in mutant.named if mutant.named else None
    )


def _named(
    found: Result, trial: Trial, case: Case, verdict: Verdict, blames: list[Blame]
) -> Result:
    """With what is said of the case, and whether that is right."""
    kinds, arrays = {b.kind for b in blames}, {array for b in blames for array in b.arrays}
    return replace(
        found,
        caught=True,
        witnesses=tuple(sorted({c.witness for c in verdict.comparisons if c.accuses})),
        arrays=tuple(name for name, status in verdict.arrays.items() if status == "disagree"),
        blames=tuple(f"{blame.kind}: {', '.join(blame.arrays)}" for blame in blames),
        layer_right=trial.mutant.names_layer(trial.layer, kinds),
        gradients_right=trial.mutant.names_gradients(arrays),
        case=case.to_json(),
    )
