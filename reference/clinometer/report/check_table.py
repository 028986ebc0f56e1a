"""The verdict on one gradient as a table: what is wrong, what was seen, what was not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.markup import escape

from clinometer.comparison import Comparison
from clinometer.findings import Finding
from clinometer.power import Kill, Power
from clinometer.report.explanation import located, mistakes
from clinometer.report.tables import coloured, new_table
from clinometer.verdict import Verdict

WIDTH = 200
#: As many comparisons of one array that disagree are told in full.
MOST = 3
#: What they tell without a disagreement is for the user and the callers to agree on.
MATTERS = ("contract", "state")


def as_text(
    verdict: Verdict,
    title: str,
    power: Power | None,
    findings: Sequence[Finding],
    ledger: Mapping[str, str],
) -> str:
    """For a terminal, without colours."""
    console = Console(file=StringIO(), width=WIDTH, highlight=False)
    _print(console, verdict, title, power, findings, ledger)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def as_html(
    verdict: Verdict,
    title: str,
    power: Power | None,
    findings: Sequence[Finding],
    ledger: Mapping[str, str],
) -> str:
    """The same for a notebook, in colours; whatever the user named is escaped."""
    console = Console(file=StringIO(), width=WIDTH, highlight=False, record=True)
    _print(console, verdict, title, power, findings, ledger)
    return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")


def _print(
    console: Console,
    verdict: Verdict,
    title: str,
    power: Power | None,
    findings: Sequence[Finding],
    ledger: Mapping[str, str],
) -> None:
    console.print(coloured(escape(title), verdict.status))
    table = new_table(
        "", ["array", "verdict", "witnesses"], "error", "sees one element", "the whole"
    )
    for name, status in verdict.arrays.items():
        beside = [c for c in verdict.comparisons if c.array == name]
        seen = power.arrays.get(name) if power else None
        table.add_row(
            escape(name),
            coloured(status, status),
            ", ".join(dict.fromkeys(c.witness for c in beside if _speaks(c, status))),
            f"{max((c.error for c in beside if _speaks(c, status)), default=float('nan')):.1e}",
            f"{seen.element:.1e}" if seen else "",
            f"{seen.relative:.1e}" if seen else "",
        )
    console.print(table)
    for line in _lines(verdict, power, findings, ledger):
        console.print(line, markup=False)


def _speaks(c: Comparison, status: str) -> bool:
    """Whether the array's status is this witness's word."""
    return c.status == status and c.witness != "function" and not c.fault


def _lines(
    verdict: Verdict,
    power: Power | None,
    findings: Sequence[Finding],
    ledger: Mapping[str, str],
) -> Iterator[str]:
    explained = {finding.array: finding for finding in findings}
    for name in verdict.arrays:
        wrong = [c for c in verdict.disagreements if c.array == name]
        yield from (f"{name}: {_accusation(c)}" for c in wrong[:MOST])
        yield from _explained(explained[name]) if name in explained else ()
    for c in verdict.comparisons:
        if c.fault or (c.status == "agree" and c.reason and not c.kinks):
            yield f"{c.array}: {c.witness}: {c.reason}"
    for name in (n for n, status in verdict.arrays.items() if status == "inconclusive"):
        beside = [c for c in verdict.comparisons if c.array == name and c.witness not in MATTERS]
        reasons = [f"{c.witness}: {c.reason}" for c in beside]
        yield from (f"{name}: {reason}" for reason in dict.fromkeys(reasons) if reason[-2:] != ": ")
    for c in verdict.comparisons:
        if c.witness in MATTERS and c.status == "inconclusive":
            yield f"to be agreed with the caller: {c.array}: {c.reason}"
    yield from (f"not checked: {name}: {why}" for name, why in ledger.items())
    if power and verdict.status == "agree":
        yield kills(power.kills)


def _explained(finding: Finding) -> Iterator[str]:
    """Where it is wrong and why, as far as that is known."""
    if finding.where:
        yield f"{finding.array}, {finding.where}: {mistakes(finding.mistakes)}"
    elif finding.mistakes:
        yield f"{finding.array}: {mistakes(finding.mistakes)}"
    if finding.located:
        yield from (f"{finding.array}: {line}" for line in located(finding.located))
    if finding.untold:
        yield f"{finding.array}: {finding.untold}"


def _accusation(c: Comparison) -> str:
    """What is wrong, in numbers or in words."""
    if c.reason:
        return c.reason
    what = f"the slope along direction {c.index[0]}" if c.along else f"element {list(c.index)}"
    return f"{what} is {c.on_trial:.10g}; {c.witness} says {c.reference:.10g} ± {c.uncertainty:.1g}"


def kills(found: Sequence[Kill]) -> str:
    """How many of the faults put in would have been seen, and which would not."""
    caught = sum(kill.caught for kill in found)
    text = f"of {len(found)} faults put into this gradient, this run would have caught {caught}"
    missed = [f"{kill.array} {kill.fault}" for kill in found if not kill.caught]
    return text + (f"; not: {', '.join(missed)}" if missed else "")
