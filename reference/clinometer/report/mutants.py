"""What came of the mutants: for a terminal, as JSON, and as Markdown; and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from clinometer.mutants.run import Results
from clinometer.mutants.table import Mutant, mutants
from clinometer.mutants.trial import Result
from clinometer.report.document import SCHEMA_VERSION, versions

HEADINGS = (
    "mutant", "layer", "gradient of", "cases", "caught by", "blamed", "rightly", "called", "rightly"
)  # fmt: skip
#: Where the project's files are shown, for the sources that name an issue or a change.
HOST = "https://github.com/"


def print_results(console: Console, results: Results) -> None:
    """Survivors, what was named or called wrongly, what took many cases; and a last line."""
    for result in results.survivors:
        text = f"[bold red]survived {result.cases} cases[/]: {_title(result)}"
        console.print(text, highlight=False)
    for case in results.alarms:
        console.print(f"[bold red]false alarm[/]: {escape(case)}", highlight=False)
    for result in results.caught:
        if not (result.layer_right and result.gradients_right):
            text = f"[yellow]named wrongly[/]: {_title(result)}: {'; '.join(result.blames) or '-'}"
            console.print(text, highlight=False)
        if result.diagnosis_right is False:
            name = result.diagnosis or "nothing"
            console.print(f"[yellow]called {name}[/]: {_title(result)}", highlight=False)
    for result in sorted(results.caught, key=lambda result: -result.cases)[:10]:
        if result.cases > 1:
            console.print(f"{result.cases} cases: {_title(result)}", highlight=False)
    console.print(summary(results), highlight=False)


def summary(results: Results) -> str:
    """How many of what, and the processor's time."""
    counts = results.counts
    if not results.controls:
        del counts["cases without a mistake"], counts["false alarms"]
    total, seconds = counts.pop("trials"), sum(r.seconds for r in results.results)
    parts = ", ".join(f"{count} {what}" for what, count in counts.items())
    text = f"{total} trials of {len({r.mutant for r in results.results})} mutants: {parts}"
    text += f"; {seconds / max(total, 1):.2f} s of processor time each"
    return text + (f"; interrupted, of {results.wanted}" if results.interrupted else "")


def of_results(results: Results, oracles: Sequence[str], seed: int, limit: int) -> dict[str, Any]:
    """The whole report as a document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": versions(["clinometer", "numpy", "hypothesis"], oracles),
        "seed": seed,
        "cases": limit,
        "interrupted": results.interrupted,
        "counts": results.counts,
        "trials": [asdict(result) for result in results.results],
        "controls": [asdict(control) for control in results.controls],
    }


def markdown(results: Results, oracles: Sequence[str], seed: int) -> str:
    """A table with a row for each trial, and what it rests on."""
    bases = versions(["clinometer", "numpy", "hypothesis"], oracles)
    return "\n\n".join(
        [
            summary(results) + ".",
            table(HEADINGS, [_in_markdown(row(result)) for result in results.results]),
            f"Seed {seed}; " + ", ".join(f"{name} {number}" for name, number in bases.items()),
        ]
    )


def table_of_mutants() -> str:
    """Every mistake once, with the files that it can be made in."""
    by_mistake: dict[str, list[Mutant]] = {}
    for mutant in mutants().values():
        by_mistake.setdefault(f"{mutant.why} {mutant.name.rpartition('.')[2]}", []).append(mutant)
    headings = ("mistake", "in", "kind", "how it comes about", "seen in")
    return table(headings, [_described(several) for several in by_mistake.values()])


def _described(several: Sequence[Mutant]) -> list[str]:
    first = several[0]
    return [
        f"`{first.name.rpartition('.')[2]}`",
        ", ".join(f"`{mutant.name.rpartition('.')[0]}`" for mutant in several),
        first.category,
        first.why,
        ", ".join(map(_link, first.source.split(", "))) if first.source else "",
    ]


def _link(source: str) -> str:
    repository, _, number = source.partition("#")
    return f"[{source}]({HOST}{repository}/issues/{number})"


def _in_markdown(cells: list[str]) -> list[str]:
    return [f"`{cells[0]}`", *cells[1:]]


def row(result: Result) -> list[str]:
    """A cell under each heading."""
    right = {(True, True): "yes", (True, False): "the layer", (False, True): "the gradient"}
    return [
        result.mutant,
        result.layer,
        result.subject,
        str(result.cases) if result.caught else f"survived {result.cases}",
        ", ".join(result.witnesses),
        "; ".join(result.blames),
        right.get((result.layer_right, result.gradients_right), "no") if result.caught else "",
        result.diagnosis,
        {True: "yes", False: "no", None: ""}[result.diagnosis_right],
    ]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _title(result: Result) -> str:
    return f"{result.mutant} ({result.layer}, {result.subject})"
