"""The report for a terminal: a table, the trainings, and each finding with its case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console

from clinometer.campaign.coverage import Coverage
from clinometer.campaign.iris import Training
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.report import rows
from clinometer.report.finding import place, print_finding, print_replay
from clinometer.report.tables import COLOURS, coloured, new_table
from clinometer.report.tally import ALL, Tally, tally
from clinometer.verdict import Verdict


def print_oracles(console: Console, asked: Iterable[str]) -> None:
    """Which oracles are asked, and why the others are not."""
    for line in rows.oracles(asked):
        console.print(line, highlight=False, markup=False)


def print_results(console: Console, results: Results, oracles: Sequence[str], quiet: bool) -> None:
    """The tables, the findings and a last line that says it all."""
    if not quiet:
        for training in results.trainings:
            print_training(console, training)
        print_tally(console, tally(results.outcomes, oracles))
        for line in rows.refusals(results.all_outcomes):
            console.print(line, highlight=False, markup=False)
        if results.coverage:
            print_coverage(console, results.coverage)
    for number, finding in enumerate(results.findings, 1):
        print_finding(console, number, finding)
    print_odd_ones(console, results.all_outcomes)
    if not quiet or results.status != "agree":
        console.print(summary(results), highlight=False)


def summary(results: Results) -> str:
    """How many cases there were and what came of them."""
    outcomes = results.all_outcomes
    counts = {status: sum(o.status == status for o in outcomes) for status in COLOURS}
    parts = [f"[{COLOURS[s]}]{n} {s}[/]" for s, n in counts.items() if n]
    text = f"{len(outcomes)} cases: {', '.join(parts) or 'nothing was checked'}"
    if kinked := sum(o.kinks > 0 for o in outcomes):
        text += f"; {kinked} lay on a kink and were judged beside it as well"
    if results.vacuous:
        text += f"; {results.vacuous} were constant around their point, and others took their place"
    if results.holes:
        text += f"; never exercised: {', '.join(results.holes)}"
    return text + ("; interrupted" if results.interrupted else "")


def print_training(console: Console, training: Training) -> None:
    """Losses along one training on iris, and whether the gradients were right there."""
    table = new_table(f"iris: {training.lesson.title}", [], *rows.TRAINING)
    table.add_column("gradients")
    for cells, status in rows.of_training(training):
        table.add_row(*cells, coloured(status, status))
    console.print(table)
    if training.failure:
        console.print(f"the training broke off: {training.failure}", highlight=False, markup=False)


def print_tally(console: Console, tallies: Sequence[Tally]) -> None:
    """Subjects against witnesses."""
    table = new_table("random networks", rows.TALLY[:2], *rows.TALLY[2:])
    table.caption = rows.WORST
    for row in tallies:
        *first, agree, disagree, inconclusive, worst = rows.of_tally(row)
        counts = zip(COLOURS, (agree, disagree, inconclusive), strict=True)
        table.add_row(*first, *(coloured(n, s if n != "0" else None) for s, n in counts), worst)
        if row.witness == ALL:
            table.add_section()
    console.print(table)


def print_coverage(console: Console, coverage: Coverage) -> None:
    """How much of what there is the random networks have exercised."""
    table = new_table("coverage", rows.COVERAGE[:1], *rows.COVERAGE[1:])
    for row in rows.of_coverage(coverage):
        table.add_row(*row)
    table.caption = "--json and --html write every count"
    console.print(table)


def print_odd_ones(console: Console, outcomes: Iterable[Outcome]) -> None:
    """The witnesses that are wrong themselves, each with how often and one case."""
    for title, line, case in rows.odd_ones(outcomes):
        console.print(f"\n{title}", highlight=False)
        console.print(f"   {line}", highlight=False)
        print_replay(console, case)


def _missed(verdict: Verdict) -> Iterator[str]:
    """What the probes of whole arrays may have missed, and how probable that is."""
    for witness in verdict.witnesses:
        agree = [c for c in verdict.comparisons if c.witness == witness and c.status == "agree"]
        along = [c for c in agree if c.along]
        if along:
            worst = max(along, key=lambda c: c.resolution)
            yield (
                f"{witness}: an error of {worst.resolution:.1g} of the norm of {worst.array}, or "
                f"smaller in another array, is missed with a probability below {worst.miss:.0e}"
            )


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Every comparison made in one case."""
    for subject, verdict in outcome.verdicts.items():
        names = ["array", "witness", "verdict", "worst element"]
        table = new_table(
            f"{subject}: {verdict.status}", names, "on trial", "witness", "uncertainty"
        )
        for c in verdict.comparisons:
            values = f"{c.on_trial:.10g}", f"{c.reference:.10g}", f"{c.uncertainty:.1g}"
            status = coloured(c.status, c.status)
            where = place(c) if c.along else str(list(c.index))
            table.add_row(c.array, c.witness, status, where, *values)
        console.print(table)
        for line in _missed(verdict):
            console.print(line, highlight=False)
        for reason in dict.fromkeys(
            f"{c.array}: {c.reason}" for c in verdict.comparisons if c.reason
        ):
            console.print(reason, highlight=False)
    if outcome.vacuous:
        console.print("the function is constant around this point, so nothing could be tested")
    for name, why in outcome.refusals.items():
        console.print(f"{name} gave no answer: {why}")
