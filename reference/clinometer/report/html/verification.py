"""The page of `clinometer verify`: the summary, what disagreed, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from clinometer.architecture import Case
from clinometer.campaign.coverage import Coverage
from clinometer.campaign.iris import Training
from clinometer.campaign.main_job import Results
from clinometer.report import rows
from clinometer.report.by_layer import errors_by_layer, worst_errors
from clinometer.report.document import versions
from clinometer.report.finding import place, replay
from clinometer.report.html import Cell, Copyable, Folded, Part, Section, Table, page
from clinometer.report.html.findings import BARS, NUMBERS, bar, numbers, section
from clinometer.report.notebook import SIGNS
from clinometer.report.tally import tally
from clinometer.report.terminal import summary

#: As many of the largest errors are shown.
WORST = 10
UPSTREAM = (
    "Where a layer is wrong, the gradients of all layers before it are too; the findings name "
    "what is wrong by itself."
)


def verification(results: Results, oracles: Sequence[str], seed: int) -> str:
    """The whole page of the main job; `oracles` are those that were asked."""
    return page(headline(results), results.status, list(_sections(results, oracles, seed)))


def headline(results: Results) -> str:
    """What a reader in a hurry has to know."""
    if results.findings:
        first, *others = [str(finding.blame) for finding in results.findings]
        return f"Wrong gradients: {first}" + (f" (and {len(others)} more)" if others else "")
    if not results.all_outcomes:
        return "Nothing was checked"
    return {
        "agree": "All gradients are right",
        "disagree": "There are gradients that disagree",
        "inconclusive": "No gradient disagrees, but something is inconclusive",
    }[results.status]


def _sections(results: Results, oracles: Sequence[str], seed: int) -> Iterator[Section]:
    yield Section("Summary", list(_summary(results, oracles)))
    if results.findings:
        yield Section("What disagreed", [section(n, f) for n, f in enumerate(results.findings, 1)])
    if odd := list(rows.odd_ones(results.all_outcomes)):
        yield Section("Witnesses that are wrong themselves", list(_odd_ones(odd)))
    yield Section("Errors by layer", [_by_layer(results)])
    yield Section("Worst errors", list(_worst(results)))
    yield Section("Subjects and witnesses", list(_tally(results, oracles)))
    if results.trainings:
        yield Section("Training on iris", [p for t in results.trainings for p in _training(t)])
    if results.coverage:
        yield Section("Coverage", list(_coverage(results.coverage)))
    yield Section("Versions", [_versions(oracles, seed)])


def _summary(results: Results, oracles: Sequence[str]) -> Iterator[Part]:
    yield Text.from_markup(summary(results)).plain + "."
    if results.findings:
        found = [
            [str(number), f.blame.subject, f.blame.kind, ", ".join(f.blame.arrays), str(f.cases)]
            for number, f in enumerate(results.findings, 1)
        ]
        names = ("finding", "subject", "part", "wrong gradients of")
        yield Table("What is wrong by itself", names, ("cases taken apart",), found)
    yield Folded("Which oracles were asked", list(rows.oracles(oracles)))


def _odd_ones(odd: Sequence[tuple[str, str, Case]]) -> Iterator[Part]:
    for title, line, case in odd:
        yield f"{title}; {line}."
        yield Copyable("The case to replay", replay(case))


def _by_layer(results: Results) -> Table:
    found: list[list[Cell]] = [
        [errors.kind, *(str(errors.arrays[status]) for status in SIGNS), bar(errors.largest)]
        for errors in errors_by_layer(results.all_outcomes)
    ]
    counts = [f"arrays: {status}" for status in SIGNS]
    return Table(
        "Arrays by the kind of layer that they belong to",
        ("layer",),
        (*counts, NUMBERS[-1]),
        found,
        f"{BARS} {UPSTREAM}",
    )


def _worst(results: Results) -> Iterator[Part]:
    worst = worst_errors(results.all_outcomes, WORST)
    found = [
        [str(n), f"{w.subject}, {w.array}", c.status, c.witness, place(c), *numbers(c)]
        for n, w, c in ((n, w, w.comparison) for n, w in enumerate(worst, 1))
    ]
    names = ("case", "array", "verdict", "witness", "where")
    yield Table("The largest in units of their uncertainty", names, NUMBERS, found, BARS)
    cases = [Copyable(f"Case {n}", replay(w.case)) for n, w in enumerate(worst, 1)]
    yield Folded("Their cases to replay", cases)


def _tally(results: Results, oracles: Sequence[str]) -> Iterator[Part]:
    found = [rows.of_tally(row) for row in tally(results.outcomes, oracles)]
    yield Table("Random networks", rows.TALLY[:2], rows.TALLY[2:], found, f"{rows.WORST}.")
    yield from (f"{line}." for line in rows.refusals(results.all_outcomes))


def _training(training: Training) -> Iterator[Part]:
    title = training.lesson.title
    cells = [[epoch, status, *losses] for (epoch, *losses), status in rows.of_training(training)]
    yield Table(title, (rows.TRAINING[0], "gradients"), rows.TRAINING[1:], cells)
    if training.failure:
        yield f"The training broke off: {training.failure}"


def _coverage(coverage: Coverage) -> Iterator[Part]:
    found = list(rows.of_coverage(coverage))
    yield Table("How much there is, and how often", rows.COVERAGE[:1], rows.COVERAGE[1:], found)
    for heading, counts in coverage.counts.items():
        table = Table(heading, ("what",), ("cases",), [[n, str(c)] for n, c in counts.items()])
        missed = sum(not count for count in counts.values())
        yield Folded(f"All {len(counts)} {heading}, {missed} of them never exercised", [table])


def _versions(oracles: Sequence[str], seed: int) -> Table:
    found = versions(["clinometer", "numpy", "hypothesis"], oracles)
    cells = [[name, number] for name, number in [*found.items(), ("seed of the cases", str(seed))]]
    return Table("What all of this was found with", ("what", "version"), (), cells)
