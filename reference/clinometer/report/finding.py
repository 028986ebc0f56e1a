"""A finding for a terminal: what is wrong, where, who says so, why, and the case that shows it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from rich.console import Console

from clinometer.architecture import Case
from clinometer.campaign.findings import Finding
from clinometer.campaign.localisation import short
from clinometer.comparison import Comparison
from clinometer.report.explanation import located, mistakes
from clinometer.report.tables import COLOURS


def print_finding(console: Console, number: int, finding: Finding) -> None:
    """What is wrong, where, what every witness says, and the line that shows it again."""
    c = finding.comparison
    console.print(f"\n[{COLOURS['disagree']}]{number}. {finding.blame}[/]", highlight=False)
    console.print(
        f"   wrong by itself in {finding.cases} of the cases taken apart", highlight=False
    )
    console.print(f"   smallest case: {_describe(finding.case)}", highlight=False)
    console.print(f"   {finding.place}: {_element(c)}", highlight=False)
    for line in located(finding.located) if finding.located else []:
        console.print(f"   {line}", highlight=False)
    for line in _explained(finding):
        console.print(f"   {line}", highlight=False, markup=False)
    for other in finding.verdict.comparisons:
        if other.array == c.array and not other.reason:
            says = (
                f"{other.witness}: {other.status}, {other.reference:.10g} ± {other.uncertainty:.1g}"
            )
            at = "" if place(other) == place(c) else f" {place(other)}"
            console.print(f"     {says}{at}", highlight=False)
    print_replay(console, finding.case)


def print_replay(console: Console, case: Case) -> None:
    """The line that shows a case again."""
    line = f"clinometer replay {shlex.quote(case.to_json())}"
    console.print(f"   {line}", soft_wrap=True, highlight=False, markup=False)


def _element(c: Comparison) -> str:
    """The value on trial, or what else is wrong with the array."""
    what = f"the slope {place(c)}" if c.along else f"element {list(c.index)}"
    return c.reason or f"{what} is {c.on_trial:.10g} on trial"


def place(c: Comparison) -> str:
    """Where in its array a comparison was made."""
    return f"along direction {c.index[0]}" if c.along else f"at {list(c.index)}"


def _explained(finding: Finding) -> Iterator[str]:
    """The mistakes that would explain it, array by array, the likeliest first."""
    for e in finding.explained:
        yield f"{short(e.array)}, {e.where}: {mistakes(e.diagnoses)}"


def _describe(case: Case) -> str:
    layers = [layer.kind for layer in case.architecture.layers]
    count = f"{len(layers)} layer" + "s" * (len(layers) > 1)
    return f"{count} ({', '.join(layers)}), loss {case.architecture.loss.kind}, batch {case.batch}"
