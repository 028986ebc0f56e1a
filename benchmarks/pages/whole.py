"""The page of a run: all its parts, with plots and their numbers, and where it was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks import tables
from benchmarks.pages import gradients, parts
from benchmarks.pages.gradients import by_dtype
from benchmarks.pages.roofline import roofline
from benchmarks.record import TITLE, Run
from benchmarks.suite import Row
from clinometer.report.html import Folded, Section, Table, page


def of_run(run: Run) -> str:
    """The whole page."""
    return page(TITLE, None, list(sections(run)))


def sections(run: Run) -> Iterator[Section]:
    """Of what was measured, what was not, and the machine."""
    if rows := run.rows:
        yield Section("Speed", [tables.explanation(run), *by_dtype(rows, gradients.speeds)])
        yield Section("Time against size", list(by_dtype(rows, gradients.times)))
        yield Section("Speed against size", list(by_dtype(rows, gradients.ratios)))
        yield Section("Memory", list(by_dtype(rows, gradients.memory)))
        yield Section("The limit", list(by_dtype(rows, roofline)))
        yield Section("Every row", [Folded(f"All {len(rows)}", [_every(rows)])])
    for part in tables.parts(run):
        yield Section(part.title, list(parts.of(part, run)))
    why = list(tables.reasons(run))
    yield Section("What was not timed", why or ["Every candidate was timed on every workload."])
    facts = [[name, str(value)] for name, value in run.surroundings.items()]
    facts.append(["rounds", str(run.protocol.rounds)])
    yield Section("Machine", [Table("Where the run was measured", ("what", "is"), (), facts)])


def _every(rows: Sequence[Row]) -> Table:
    names, numbers = tables.HEADINGS[:3], tables.HEADINGS[3:]
    return Table("Every row", names, numbers, [tables.cells(row) for row in rows])
