"""The report for a terminal: a table, the trainings, and each finding with its case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median_low

from rich.console import Console

from clinometer import registry
from clinometer.architecture import Case
from clinometer.campaign.coverage import Coverage
from clinometer.campaign.iris import Training
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.comparison import Comparison
from clinometer.estimate import Oracle
from clinometer.report.finding import place, print_finding, print_replay
from clinometer.report.tables import COLOURS, coloured, new_table
from clinometer.report.tally import ALL, Tally, tally
from clinometer.verdict import Verdict


def print_oracles(console: Console, asked: Iterable[str]) -> None:
    """Which oracles are asked, and why the others are not."""
    for name, oracle in registry.oracles().items():
        why = registry.obstacle(oracle)
        if name in asked:
            console.print(f"oracle {name}: {_basis(oracle)}", highlight=False)
        else:
            console.print(f"oracle {name} is not used: {why or 'not asked for'}", highlight=False)


def _basis(oracle: Oracle) -> str:
    """What it rests on, and which problems it is for if they are not the small ones."""
    least = oracle.SIZES.start
    return registry.basis(oracle) + (f", for {least:,} elements or more" if least else "")


def print_results(console: Console, results: Results, oracles: Sequence[str], quiet: bool) -> None:
    """The tables, the findings and a last line that says it all."""
    if not quiet:
        for training in results.trainings:
            print_training(console, training)
        print_tally(console, tally(results.outcomes, oracles))
        print_refusals(console, results.all_outcomes)
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
    table = new_table(
        f"iris: {training.lesson.title}", [], "epoch", "train loss", "test loss", "test accuracy"
    )
    table.add_column("gradients")
    for c in training.checkpoints:
        losses = f"{c.train_loss:.4f}", f"{c.test_loss:.4f}", f"{c.test_accuracy:.0%}"
        table.add_row(str(c.epoch), *losses, coloured(c.outcome.status, c.outcome.status))
    console.print(table)
    if training.failure:
        console.print(f"the training broke off: {training.failure}", highlight=False, markup=False)


def print_tally(console: Console, rows: Sequence[Tally]) -> None:
    """Subjects against witnesses."""
    table = new_table("random networks", ["subject", "witness"], "cases", *COLOURS, "worst")
    table.caption = "worst: the largest error in units of its uncertainty; up to 1 is agreement"
    for row in rows:
        counts = [coloured(str(getattr(row, s)), s if getattr(row, s) else None) for s in COLOURS]
        worst = "" if row.witness in (ALL, "contract") else f"{row.worst:.2g}"
        table.add_row(row.subject, row.witness, str(row.cases), *counts, worst)
        if row.witness == ALL:
            table.add_section()
    console.print(table)


def print_refusals(console: Console, outcomes: Iterable[Outcome]) -> None:
    """How often an oracle gave no answer, and why."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        for name, why in outcome.refusals.items():
            found.setdefault(name, []).append(why)
    for name, reasons in found.items():
        text = f"{name} gave no answer in {len(reasons)} cases, such as: {reasons[0]}"
        console.print(text, highlight=False, markup=False)


def print_coverage(console: Console, coverage: Coverage) -> None:
    """How much of what there is the random networks have exercised."""
    table = new_table("coverage", ["what"], "there are", "exercised", "fewest cases", "median")
    for heading, counts in coverage.counts.items():
        exercised = sum(count > 0 for count in counts.values())
        numbers = len(counts), exercised, min(counts.values()), median_low(counts.values())
        table.add_row(heading, *map(str, numbers))
    table.caption = "--json writes every count"
    console.print(table)


def print_odd_ones(console: Console, outcomes: Iterable[Outcome]) -> None:
    """The witnesses that are wrong themselves, each with how often and one case."""
    seen: dict[str, list[tuple[Comparison, Case]]] = {}
    for outcome in outcomes:
        for c in (c for verdict in outcome.verdicts.values() for c in verdict.odd_ones):
            seen.setdefault(c.fault, []).append((c, outcome.case))
    for witness, found in seen.items():
        c, case = max(found, key=lambda one: one[0].ratio)
        count = len({case.to_json() for _, case in found})
        console.print(f"\n{witness} is the odd one out in {count} cases", highlight=False)
        console.print(
            f"   {c.array} {list(c.index)}: it says {c.reference:.10g}, all others"
            f" {c.on_trial:.10g}",
            highlight=False,
        )
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
