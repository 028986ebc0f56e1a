"""The tables on a terminal, as Markdown, and as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table as Grid

from benchmarks.calibration.counts import Counts
from benchmarks.calibration.tables import Table, tables
from benchmarks.calibration.targets import targets
from clinometer.report.document import write_whole

SCHEMA_VERSION = 1
WIDTH = 116  # columns that the widest table takes
SHOWN = 20  # events on the terminal and in Markdown; the JSON lines hold all


def show(counts: Counts, console: Console) -> None:
    """All tables, and the first of the events."""
    for table in tables(counts):
        console.print(_grid(table))
    for event in counts.events[:SHOWN]:
        console.print(_line(event), markup=False, highlight=False)


def write(counts: Counts, facts: Mapping[str, Any], folder: Path) -> None:
    """calibration.md and calibration.jsonl, whose first line holds the facts of the run."""
    lines: list[dict[str, Any]] = [{"schema_version": SCHEMA_VERSION, **facts}]
    lines += [{"target": asdict(target)} for target in targets(counts)]
    lines += [{"count": key, "number": number} for key, number in counts.numbers.items()]
    lines += counts.events
    text = "".join(json.dumps(line) + "\n" for line in lines)
    write_whole(folder / "calibration.jsonl", text)
    write_whole(folder / "calibration.md", _markdown(counts, facts))


def _markdown(counts: Counts, facts: Mapping[str, Any]) -> str:
    parts = ["# Calibration of the verdict"]
    for table in tables(counts):
        parts += [f"## {table.title}", table.explanation, _rows(table)]
    parts += ["## Events", *(f"- {_line(event)}" for event in counts.events[:SHOWN])]
    parts.append(f"{len(counts.events)} in all; calibration.jsonl lists them.")
    parts.append(", ".join(f"{name} {value}" for name, value in facts.items()))
    return "\n\n".join(parts) + "\n"


def _rows(table: Table) -> str:
    ruler = ["---" if n < table.left else "---:" for n in range(len(table.columns))]
    body: Iterable[Iterable[str]] = [table.columns, ruler, *table.rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in body)


def _grid(table: Table) -> Grid:
    grid = Grid(
        title=table.title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for number, column in enumerate(table.columns):
        justify: JustifyMethod = "left" if number < table.left else "right"
        grid.add_column(column, justify=justify, no_wrap=True)
    for row in table.rows:
        grid.add_row(*row)
    return grid


def _line(event: Mapping[str, str]) -> str:
    """One line, the last of a traceback."""
    detail = event["detail"].strip().splitlines()
    return f"{event['event']}: {event['case']}: {detail[-1] if detail else ''}"
