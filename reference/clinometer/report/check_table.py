"""The verdict on one gradient as a table: what is wrong, what was seen, what was not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console
from rich.markup import escape

from clinometer.comparison import Comparison, Status
from clinometer.findings import Finding
from clinometer.power import Kill, Power
from clinometer.report import notebook
from clinometer.report.explanation import located, mistakes
from clinometer.report.tables import coloured, new_table
from clinometer.verdict import Verdict

WIDTH = 200
#: The columns, those of words and those of figures.
NAMES = ("array", "verdict", "witnesses")
NUMBERS = ("error", "sees one element", "the whole")
#: Instead of a part of a gradient that is as good as zero.
NONE = "—"
#: As many comparisons of one array that disagree are told in full.
MOST = 3
#: What they tell without a disagreement is for the user and the callers to agree on.
MATTERS = ("contract", "state")


@dataclass(frozen=True)
class CheckTable:
    """What there is to print of a verdict.

    Attributes:
        verdict, power, findings, ledger: as `check` has them.
        title: the verdict in a line.
    """

    verdict: Verdict
    title: str
    power: Power | None
    findings: Sequence[Finding]
    ledger: Mapping[str, str]

    def text(self) -> str:
        """For a terminal, without colours."""
        console = Console(file=StringIO(), width=WIDTH, highlight=False)
        self._print(console)
        text: str = console.file.getvalue()  # type: ignore[attr-defined]
        return "\n".join(line.rstrip() for line in text.strip().splitlines())

    def html(self) -> str:
        """The same for a notebook; whatever the user named is escaped."""
        v, lines = self.verdict, self.lines()
        return notebook.verdict(self.title, v.status, NAMES, NUMBERS, self.rows(), lines)

    def _print(self, console: Console) -> None:
        console.print(coloured(escape(self.title), self.verdict.status))
        table = new_table("", NAMES, *NUMBERS)
        for name, status, *cells in self.rows():
            table.add_row(escape(name), coloured(status, status), *cells)
        console.print(table)
        for line in self.lines():
            console.print(line, markup=False)

    def rows(self) -> Iterator[tuple[str, Status, *tuple[str, ...]]]:
        """An array in each: its name, its status, and what stands in the other columns."""
        for name, status in self.verdict.arrays.items():
            beside = [c for c in self.verdict.comparisons if c.array == name]
            speaking = [c for c in beside if _speaks(c, status)]
            seen = self.power.arrays.get(name) if self.power else None
            yield (
                name,
                status,
                ", ".join(dict.fromkeys(c.witness for c in speaking)),
                f"{max((c.error for c in speaking), default=float('nan')):.1e}",
                f"{seen.element:.1e}" if seen else "",
                (f"{seen.relative:.1e}" if seen.relative < 1 else NONE) if seen else "",
            )

    def lines(self) -> Iterator[str]:
        """What is wrong, where and why; what is not decided, and what was not checked."""
        yield from self._accusations()
        yield from self._doubts()
        for c in self.verdict.comparisons:
            if c.witness in MATTERS and c.status == "inconclusive":
                yield f"to be agreed with the caller: {c.array}: {c.reason}"
        yield from (f"not checked: {name}: {why}" for name, why in self.ledger.items())
        if self.power and self.verdict.status == "agree":
            yield kills(self.power.kills)

    def _accusations(self) -> Iterator[str]:
        explained = {finding.array: finding for finding in self.findings}
        for name in self.verdict.arrays:
            wrong = [c for c in self.verdict.disagreements if c.array == name]
            yield from (f"{name}: {_accusation(c)}" for c in wrong[:MOST])
            yield from _explained(explained[name]) if name in explained else ()

    def _doubts(self) -> Iterator[str]:
        for c in self.verdict.comparisons:
            if c.fault or (c.status == "agree" and c.reason and not c.kinks):
                yield f"{c.array}: {c.witness}: {c.reason}"
        for name in (n for n, s in self.verdict.arrays.items() if s == "inconclusive"):
            beside = [c for c in self.verdict.comparisons if c.array == name and c.reason]
            reasons = [f"{c.witness}: {c.reason}" for c in beside if c.witness not in MATTERS]
            yield from (f"{name}: {reason}" for reason in dict.fromkeys(reasons))


def _speaks(c: Comparison, status: str) -> bool:
    """Whether the array's status is this witness's word."""
    return c.status == status and c.witness != "function" and not c.fault


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
