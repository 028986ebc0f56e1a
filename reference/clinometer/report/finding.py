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
    console.print(f"   smallest case: {described(finding.case)}", highlight=False)
    for line in [*where(finding), *why(finding)]:
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
    console.print(f"   {replay(case)}", soft_wrap=True, highlight=False, markup=False)


def replay(case: Case) -> str:
    """The command that judges the case again."""
    return f"clinometer replay {shlex.quote(case.to_json())}"


def where(finding: Finding) -> Iterator[str]:
    """The place and the value on trial there, or what else is wrong with the array."""
    c = finding.comparison
    what = f"the slope {place(c)}" if c.along else f"element {list(c.index)}"
    yield f"{finding.place}: " + (c.reason or f"{what} is {c.on_trial:.10g} on trial")
    yield from located(finding.located) if finding.located else []


def place(c: Comparison) -> str:
    """Where in its array a comparison was made; nowhere in a number."""
    at = f"at {list(c.index)}" if c.index else ""
    return f"along direction {c.index[0]}" if c.along else at


def why(finding: Finding) -> Iterator[str]:
    """The mistakes that would explain it, array by array, the likeliest first."""
    for e in finding.explained:
        yield f"{short(e.array)}, {e.where}: {mistakes(e.diagnoses)}"


def described(case: Case) -> str:
    """Its layers, its loss and its batch, in words."""
    layers = [layer.kind for layer in case.architecture.layers]
    count = f"{len(layers)} layer" + "s" * (len(layers) > 1)
    return f"{count} ({', '.join(layers)}), loss {case.architecture.loss.kind}, batch {case.batch}"
