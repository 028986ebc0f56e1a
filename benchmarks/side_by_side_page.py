"""The page of a run: plots with their numbers beside them, and every row."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks import report, tables
from benchmarks.candidates import CANDIDATES
from benchmarks.loop_curve import CURVES, Curve, Point, curves, law, power
from benchmarks.loop_curve import HEADINGS as CURVE
from benchmarks.record import PASSING, TITLE, Run, differing
from benchmarks.suite import Row
from benchmarks.workloads import GROWING
from clinometer.report.html import Bar, Cell, Folded, Part, Picture, Section, Table, page
from clinometer.report.plot import Axis, Dots, Line, Plot

#: Where the bars of speeds begin and end: a hundredth and a hundred times the baseline's.
DECADES = 2
#: Whose part of the peak is drawn; others are too far below it.
AT_THE_ROOF = ("vectorised", "torch eager", "jax.jit")
SIZE = Axis("numbers in the gradient", "log")
GROWN = "Dense networks from 4-16-3 to 1024-4096-4096-1024, each with its batch."

Marks = list[Line | Dots]


def of_run(run: Run, curve: Curve | None = None) -> str:
    """The whole page; with the loop curve, where it was measured too."""
    return page(TITLE, None, list(_sections(run, curve)))


def _sections(run: Run, curve: Curve | None) -> Iterator[Section]:
    rows = run.rows
    yield Section("Speed", [tables.explanation(run), *_by_dtype(rows, _speeds)])
    yield Section("Time against size", list(_by_dtype(rows, _times)))
    yield Section("Speed against size", list(_by_dtype(rows, _ratios)))
    if curve:
        told = list(_reservations(run, curve))
        yield Section("Loops against vectorised gradients", [*told, *_loops(curve.points)])
    yield Section("Memory", list(_by_dtype(rows, _memory)))
    yield Section("The limit", list(_by_dtype(rows, _roofline)))
    yield Section("Every row", [Folded(f"All {len(rows)}", [_every(rows)])])
    why = list(tables.reasons(run))
    yield Section("What was not timed", why or ["Every candidate was timed on every workload."])
    facts = [[name, str(value)] for name, value in run.surroundings.items()]
    facts.append(["rounds", str(run.protocol.rounds)])
    yield Section("Machine", [Table("Where the run was measured", ("what", "is"), (), facts)])


def _by_dtype(
    rows: Sequence[Row], parts: Callable[[str, list[Row]], Iterator[Part]]
) -> Iterator[Part]:
    for dtype in dict.fromkeys(row.dtype for row in rows):
        yield from parts(dtype, [row for row in rows if row.dtype == dtype])


def _speeds(dtype: str, rows: list[Row]) -> Iterator[Part]:
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
    words = "tie" if row.tie and row.candidate != row.baseline else f"{report.digits(row.speed)} ×"
    return Bar(words, 0.5 + power / DECADES / 2, 0.5)


def _times(dtype: str, rows: list[Row]) -> Iterator[Part]:
    yield from _growing(
        f"Time against size, {dtype}",
        "Below some size a gradient takes the time of its calls whatever the size; above it the "
        "time grows with the matrix products.",
        Axis("seconds", "log"),
        rows,
        lambda row: row.seconds,
        report.seconds,
    )


def _ratios(dtype: str, rows: list[Row]) -> Iterator[Part]:
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


def _memory(dtype: str, rows: list[Row]) -> Iterator[Part]:
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
    yield _picture(Plot(title, f"{words} {GROWN}", SIZE, axis, marks))
    sizes = {row.workload: row.size for row in chosen}
    found = {(row.workload, row.candidate): shown(value(row)) for row in chosen}
    cells = [
        [w, str(size), *(found.get((w, name), "—") for name in names)] for w, size in sizes.items()
    ]
    numbers = ("numbers in the gradient", *names)
    yield Folded(f"{title}: the numbers", [Table(title, ("workload",), numbers, cells)])


def mark(label: str, points: Sequence[tuple[float, float]], number: int) -> Line | Dots:
    """A line, or a disc where there is one point only."""
    if len(points) == 1:
        return Dots(label, points, number)
    return Line(label, points, number, number)


def _picture(plot: Plot) -> Picture:
    return Picture(plot.svg(), plot.description)


def _reservations(run: Run, curve: Curve) -> Iterator[str]:
    """Where the curve was not measured as the run was, or only tried."""
    known = {name: run.surroundings.get(name, report.UNKNOWN) for name in curve.surroundings}
    if others := differing(curve.surroundings, known, (*PASSING, "date", "changed")):
        yield f"The loops were measured before, and not like the rest: {'; '.join(others)}."
    every = sum(map(len, CURVES.values()))
    if len(curve.points) < every:
        yield f"Of the {every} networks {len(curve.points)} were measured: a trial."


def _loops(points: Sequence[Point]) -> Iterator[Part]:
    """The ratio along each curve, and the power of the size that fits it."""
    marks: Marks = []
    for number, (along, curve) in enumerate(curves(points).items()):
        exponent, constant = power(curve)
        fitted = [(float(p.size), constant * p.size**exponent) for p in curve]
        marks.append(Dots(along, [(p.size, p.ratio) for p in curve], number))
        marks.append(Line(f"{along}^{exponent:.2f}", fitted, number, number))
    description = (
        "How many times as long a loop takes, against the batch, the width and the depth of the "
        f"network, in float64. Fitted to each curve, the ratio grows as {law(points)}."
    )
    x, y = Axis("batch, width or depth", "log"), Axis("time looped / time vectorised", "log")
    yield _picture(Plot("Loops against vectorised gradients", description, x, y, marks))
    table = Table("The same as numbers", CURVE[:2], CURVE[2:], [point.cells for point in points])
    yield Folded("Loops: the numbers", [table])


def _roofline(dtype: str, rows: list[Row]) -> Iterator[Part]:
    """Of the workloads that have matrix products, the part of the peak that each candidate has."""
    title = f"Operations a second against intensity, {dtype}"
    known = sorted((row for row in rows if row.of_peak), key=lambda row: row.intensity)
    if not known:
        yield f"{title}: nothing to draw, as no workload with matrix products was measured."
        return
    alone = {row.workload: (row.intensity, _alone(row)) for row in known}
    marks: Marks = [
        Line("the roof", roof(known), 5, 1),
        mark("products alone", list(alone.values()), 0),
    ]
    for number, name in enumerate(AT_THE_ROOF):
        if points := [(r.intensity, r.of_peak or 0.0) for r in known if r.candidate == name]:
            marks.append(Dots(name, points, (0, 1, 3)[number], hollow=name != "vectorised"))
    description = (
        "A roofline: 1 is what one large matrix product reached in the same rounds; below "
        f"{report.digits(_balance(known))} operations a byte memory allows less, as fast as it "
        "copied a large array; what fits into a cache may be above that. The line below is what "
        "NumPy's products of each workload's shapes reach alone; a gradient whose library "
        "multiplies as fast stays below it. Intensity is operations for each byte that must be "
        "moved."
    )
    x, y = Axis("operations a byte", "log"), Axis("part of the peak", "log")
    yield _picture(Plot(title, description, x, y, marks))
    cells = [
        [r.workload, r.candidate, f"{r.intensity:.3g}", f"{_alone(r):.2g}", f"{r.of_peak:.2g}"]
        for r in known
    ]
    numbers = ("operations a byte", "products alone", "part of the peak")
    table = Table(title, ("workload", "candidate"), numbers, cells)
    yield Folded(f"{title}: the numbers", [table])


def roof(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """What memory and arithmetic allow, from the least intensity by where they meet to the most."""
    intensities = [row.intensity for row in rows]
    ends = sorted({min(intensities), _balance(rows), max(intensities)})
    return [(end, min(1.0, end / _balance(rows))) for end in ends]


def _balance(rows: Sequence[Row]) -> float:
    return statistics.median(row.balance for row in rows)


def _alone(row: Row) -> float:
    """The part of the peak that the products of a workload reach by themselves."""
    return (row.of_peak or 0.0) / (row.of_skeleton or math.inf)


def _every(rows: Sequence[Row]) -> Table:
    names, numbers = tables.HEADINGS[:3], tables.HEADINGS[3:]
    return Table("Every row", names, numbers, [tables.cells(row) for row in rows])
