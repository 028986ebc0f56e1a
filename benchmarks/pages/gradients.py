"""The gradients of a run side by side: plots with their numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks import report, tables
from benchmarks.candidates import CANDIDATES
from benchmarks.pages.drawing import Marks, mark, picture
from benchmarks.suite import Row
from benchmarks.workloads import GROWING
from clinometer.report.html import Bar, Cell, Folded, Part, Table
from clinometer.report.plot import Axis, Plot

#: Where the bars of speeds begin and end: a hundredth and a hundred times the baseline's.
DECADES = 2
SIZE = Axis("numbers in the gradient", "log")
GROWN = "Dense networks from 4-16-3 to 1024-4096-4096-1024, each with its batch."


def by_dtype(
    rows: Sequence[Row], parts: Callable[[str, list[Row]], Iterator[Part]]
) -> Iterator[Part]:
    """Those of one dtype after those of another."""
    for dtype in dict.fromkeys(row.dtype for row in rows):
        yield from parts(dtype, [row for row in rows if row.dtype == dtype])


def speeds(dtype: str, rows: list[Row]) -> Iterator[Part]:
    """A line for each workload, a bar for each candidate."""
    found = {(row.workload, row.candidate): row for row in rows}
    workloads, names = (list(dict.fromkeys(column)) for column in zip(*found, strict=True))
    cells: list[list[Cell]] = [
        [name, *(_bar(found.get((name, candidate))) for candidate in names)] for name in workloads
    ]
    note = "The bars are logarithmic; the line is the speed of the baseline."
    title = f"How many times as fast as {tables.baselines(rows)}, {dtype}"
    yield Table(title, ("",), names, cells, note)


def _bar(row: Row | None) -> Cell:
    if row is None:
        return "—"
    power = min(DECADES, max(-DECADES, math.log10(row.speed)))
    words = "tie" if row.tie and not row.first else f"{report.digits(row.speed)} ×"
    return Bar(words, 0.5 + power / DECADES / 2, 0.5)


def times(dtype: str, rows: list[Row]) -> Iterator[Part]:
    """Against size, a line for each candidate."""
    yield from _growing(
        f"Time against size, {dtype}",
        "Below some size a gradient takes the time of its calls whatever the size; above it the "
        "time grows with the matrix products.",
        Axis("seconds", "log"),
        rows,
        lambda row: row.seconds,
        report.seconds,
    )


def ratios(dtype: str, rows: list[Row]) -> Iterator[Part]:
    """Beside the baseline, against size."""
    baseline = tables.baselines(rows)
    yield from _growing(
        f"Speed beside {baseline} against size, {dtype}",
        f"At 1 a candidate is as fast as {baseline}. Fewer calls win small networks; in large ones "
        "all wait for the same matrix products.",
        Axis(f"times as fast as {baseline}", "log"),
        rows,
        lambda row: row.speed,
        report.digits,
    )


def memory(dtype: str, rows: list[Row]) -> Iterator[Part]:
    """Against size, and of every workload as numbers."""
    title = f"Memory against size, {dtype}"
    if known := [row for row in rows if row.memory_bytes is not None]:
        yield from _growing(
            title,
            "What the process held at most in the second call, beyond what it held before the "
            "first: gradients, activations, workspaces, compiled code.",
            Axis("bytes", "log"),
            [row for row in known if row.memory_bytes],
            lambda row: row.memory_bytes,
            report.size,
        )
    else:
        yield f"{title}: nothing to draw, as no process's memory was measured."
    if known or any(row.allocations is not None for row in rows):
        cells = [[row.workload, row.candidate, *_weights(row)] for row in rows]
        names, numbers = ("workload", "candidate"), ("memory", "allocated", "allocations")
        yield Folded(f"Memory on every workload, {dtype}", [Table(dtype, names, numbers, cells)])


def _weights(row: Row) -> list[str]:
    first = tables.HEADINGS.index("memory")
    return tables.cells(row)[first : first + 3]


def _growing(
    title: str,
    words: str,
    axis: Axis,
    rows: Sequence[Row],
    value: Callable[[Row], Any],
    shown: Callable[[Any], str],
) -> Iterator[Part]:
    """One line for each candidate along the growing networks, and a table of the same numbers."""
    chosen = [row for name in GROWING for row in rows if row.workload == name]
    if not chosen:
        yield f"{title}: nothing to draw, as none of {', '.join(GROWING)} was measured."
        return
    names = [name for name in CANDIDATES if any(row.candidate == name for row in chosen)]
    marks: Marks = []
    for name in names:
        points = [(float(r.size), float(value(r))) for r in chosen if r.candidate == name]
        marks.append(mark(name, points, list(CANDIDATES).index(name)))
    yield picture(Plot(title, f"{words} {GROWN}", SIZE, axis, marks))
    sizes = {row.workload: row.size for row in chosen}
    found = {(row.workload, row.candidate): shown(value(row)) for row in chosen}
    cells = [
        [w, str(size), *(found.get((w, name), "—") for name in names)] for w, size in sizes.items()
    ]
    numbers = ("numbers in the gradient", *names)
    yield Folded(f"{title}: the numbers", [Table(title, ("workload",), numbers, cells)])
