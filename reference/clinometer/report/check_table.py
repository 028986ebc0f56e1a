"""The verdict on one gradient as a table: what is wrong, what was seen, what was not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.markup import escape

from clinometer.comparison import Comparison, Status
from clinometer.power import Kill, Power
from clinometer.report import notebook
from clinometer.report.tables import coloured, new_table
from clinometer.verdict import Verdict

WIDTH = 200
NAMES = ("array", "verdict", "witnesses")
NUMBERS = ("error", "sees one element", "the whole")
#: As many comparisons of one array that disagree are told in full.
MOST = 3


def as_text(verdict: Verdict, title: str, power: Power | None, notes: Mapping[str, str]) -> str:
    """For a terminal, without colours."""
    console = Console(file=StringIO(), width=WIDTH, highlight=False)
    _print(console, verdict, title, power, notes)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def as_html(verdict: Verdict, title: str, power: Power | None, notes: Mapping[str, str]) -> str:
    """The same for a notebook."""
    lines = _lines(verdict, power, notes)
    return notebook.verdict(title, verdict.status, NAMES, NUMBERS, _rows(verdict, power), lines)


def _print(
    console: Console, verdict: Verdict, title: str, power: Power | None, notes: Mapping[str, str]
) -> None:
    console.print(coloured(escape(title), verdict.status))
    table = new_table("", NAMES, *NUMBERS)
    for name, status, *cells in _rows(verdict, power):
        table.add_row(escape(name), coloured(status, status), *cells)
    console.print(table)
    for line in _lines(verdict, power, notes):
        console.print(line, markup=False)


def _rows(verdict: Verdict, power: Power | None) -> Iterator[tuple[str, Status, *tuple[str, ...]]]:
    """An array in each: its name, its status, and what stands in the other columns."""
    for name, status in verdict.arrays.items():
        speaking = [c for c in verdict.comparisons if c.array == name and _speaks(c, status)]
        seen = power.arrays.get(name) if power else None
        yield (
            name,
            status,
            ", ".join(dict.fromkeys(c.witness for c in speaking)),
            f"{max((c.error for c in speaking), default=float('nan')):.1e}",
            f"{seen.element:.1e}" if seen else "",
            f"{seen.relative:.1e}" if seen else "",
        )


def _speaks(c: Comparison, status: str) -> bool:
    """Whether the array's status is this witness's word."""
    return c.status == status and c.witness != "function" and not c.fault


def _lines(verdict: Verdict, power: Power | None, notes: Mapping[str, str]) -> Iterator[str]:
    for name in verdict.arrays:
        wrong = [c for c in verdict.disagreements if c.array == name]
        yield from (f"{name}: {_accusation(c)}" for c in wrong[:MOST])
    for c in verdict.comparisons:
        if c.fault or (c.status == "agree" and c.reason and not c.kinks):
            yield f"{c.array}: {c.witness}: {c.reason}"
    for name in (n for n, status in verdict.arrays.items() if status == "inconclusive"):
        reasons = [f"{c.witness}: {c.reason}" for c in verdict.comparisons if c.array == name]
        yield from (f"{name}: {reason}" for reason in dict.fromkeys(reasons) if reason[-2:] != ": ")
    yield from (f"not checked: {name}: {why}" for name, why in notes.items())
    if power and verdict.status == "agree":
        yield kills(power.kills)


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
