"""Several verdicts of `check` as one table, and under it what there is to say of each."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape

from clinometer.comparison import Status
from clinometer.report.check_table import NAMES, NUMBERS, CheckTable
from clinometer.report.tables import COLOURS, coloured, new_table


def print_components(console: Console, tables: Mapping[str, CheckTable]) -> None:
    """A row for each array of each component, the lines on each, and how many there were."""
    together = new_table("", ("component", *NAMES), *NUMBERS)
    for name, table in tables.items():
        for number, (array, status, *cells) in enumerate(table.rows()):
            component = "" if number else escape(name)
            together.add_row(component, escape(array), coloured(status, status), *cells)
        together.add_section()
    console.print(together)
    for name, table in tables.items():
        if table.verdict.status != "agree":
            console.print(f"{name}: {table.title}", markup=False, highlight=False)
        for line in table.lines():
            console.print(f"{name}: {line}", markup=False, highlight=False)
    console.print(_summary([table.verdict.status for table in tables.values()]), highlight=False)


def _summary(statuses: list[Status]) -> str:
    counts = {status: statuses.count(status) for status in COLOURS}
    parts = [coloured(f"{n} {status}", status) for status, n in counts.items() if n]
    return f"{len(statuses)} components: {', '.join(parts) or 'there is nothing to check'}"
