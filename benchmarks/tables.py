"""The lines of a run as tables: for a terminal, as Markdown, and for the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

from rich.console import Console
from rich.table import Table

from benchmarks import campaign, differences, large, loops, report
from benchmarks.campaign import Rate
from benchmarks.candidates import CANDIDATES
from benchmarks.differences import Difference
from benchmarks.large import Found
from benchmarks.loops import Point
from benchmarks.record import TITLE, Run
from benchmarks.suite import Row

HEADINGS = (
    "workload", "dtype", "candidate", "time", "least", "wall", "least wall", "speed", "95 %",
    "floor", "of products", "of peak", "first call", "memory", "allocated", "allocations", "error",
)  # fmt: skip
#: What of it a terminal has room for.
SHORT = ("workload", "dtype", "candidate", "time", "speed", "of products", "error")
_EXPLANATION = (
    "One gradient of the loss for all parameters and inputs, one thread, one process a workload. "
    "Times are the median and the least over the rounds, of the processor and on the wall. Speed "
    "is that beside {baselines}: the median over the rounds of the ratio within a round, with its "
    "95 % interval; what lies within the floor, which is how far the baseline strays from itself, "
    "is a tie. Of products: the part of the time that the same matrix products alone take in "
    "NumPy. Of peak: operations a second beside one large product in the same rounds. The first "
    "call compiles, where a candidate does. Memory is measured in processes of their own: what "
    "the process held at most in the second call beyond that before the first; what a warm call "
    "has asked for and not yet given back, at its peak; and how often it asks for a kilobyte or "
    "more. The error is the largest beside the gradient of {reference} in float64, whose own is "
    "beside another's, as a part of the array's largest number; a gradient that is not right is "
    "not timed."
)


@dataclass(frozen=True)
class Part:
    """What is measured beside the gradients: its table, and what is needed to read that."""

    title: str
    explanation: str
    names: Sequence[str]
    numbers: Sequence[str]
    short: Sequence[str]
    lines: Sequence[Sequence[str]]

    @property
    def headings(self) -> list[str]:
        """Of all columns."""
        return [*self.names, *self.numbers]


def parts(run: Run) -> Iterator[Part]:
    """Those that were measured."""
    if points := run.of(Point):
        yield _part(loops, loops.explanation(points), points)
    if rows := run.of(Difference):
        yield _part(differences, differences.EXPLANATION, rows)
    if found := run.of(Found):
        yield _part(large, large.EXPLANATION, found)
    if rates := run.of(Rate):
        yield _part(campaign, campaign.EXPLANATION, rates)


def _part(
    module: ModuleType, explanation: str, rows: Sequence[Point | Difference | Found | Rate]
) -> Part:
    lines = [row.cells for row in rows]
    return Part(module.TITLE, explanation, module.NAMES, module.NUMBERS, module.SHORT, lines)


def explanation(run: Run) -> str:
    """What is needed to read the table of the gradients of that run."""
    reference = "PyTorch" if "torch" in run.surroundings else "the vectorised kernels"
    return _EXPLANATION.format(baselines=baselines(run.rows), reference=reference)


def baselines(rows: Sequence[Row]) -> str:
    """Whom the speeds are beside."""
    names = list(dict.fromkeys(row.baseline for row in rows)) or ["nothing, as nothing was timed"]
    return ", or where that is not timed ".join(names)


def cells(row: Row) -> list[str]:
    """A line of the table; a dash where there is nothing to measure, or no way to."""
    times = (row.seconds, row.least_seconds, row.wall_seconds, row.least_wall_seconds)
    return [
        row.workload,
        row.dtype,
        row.candidate,
        *map(report.seconds, times),
        *row.speed_cells,
        "—" if row.of_skeleton is None else f"{row.of_skeleton:.2f}",
        "—" if row.of_peak is None else f"{row.of_peak:.2f}",
        report.seconds(row.first_call_seconds),
        report.size(row.memory_bytes),
        report.size(row.allocated_bytes),
        "—" if row.allocations is None else str(row.allocations),
        f"{row.error:.0e}",
    ]


def reasons(run: Run) -> Iterator[str]:
    """Why candidates have no row: a sentence for each reason, with the workloads it is for.

    And with the dtype, where the workload was also tried in one that the reason is not for.
    """
    tried: dict[str, set[str]] = {}
    timed = [(row.workload, row.dtype) for row in run.rows]
    for workload, dtype in timed + [(one.workload, one.dtype) for one in run.skipped]:
        tried.setdefault(workload, set()).add(dtype)
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in run.skipped:
        places = found.setdefault((one.candidate, one.reason), {})
        places.setdefault(one.workload, []).append(one.dtype)
    for (candidate, reason), places in found.items():
        names = [
            name if set(dtypes) == tried[name] else f"{name} in {' and '.join(dtypes)}"
            for name, dtypes in places.items()
        ]
        yield f"{candidate} is not timed on {', '.join(names)}: {reason}."
    asked = {row.candidate for row in run.rows} | {one.candidate for one in run.skipped}
    for name in CANDIDATES if asked else ():
        if name not in asked:
            yield f"{name} was not asked for."
    measured = [TITLE] * bool(asked) + [part.title for part in parts(run)]
    for title in (TITLE, *(module.TITLE for module in (loops, differences, large, campaign))):
        if title not in measured:
            yield f"{title}: not asked for."


def markdown(run: Run) -> str:
    """The tables with what is needed to read them."""
    told = []
    if run.rows:
        told += [explanation(run), report.markdown_grid(HEADINGS, map(cells, run.rows))]
    for part in parts(run):
        grid = report.markdown_grid(part.headings, part.lines)
        told += [f"## {part.title}", part.explanation, grid]
    facts = f"{run.protocol.rounds} rounds; {report.facts(run.surroundings)}\n"
    return "\n\n".join([f"# {TITLE}", *told, *reasons(run), facts])


def show(run: Run, console: Console) -> None:
    """What a terminal has room for, and why some have no row."""
    if run.rows:
        console.print(_short(TITLE, HEADINGS, SHORT, map(cells, run.rows), 3))
    for part in parts(run):
        names = len(set(part.names) & set(part.short))
        console.print(_short(part.title, part.headings, part.short, part.lines, names))
    for line in reasons(run):
        console.print(line, soft_wrap=True)


def _short(
    title: str,
    headings: Sequence[str],
    some: Sequence[str],
    lines: Iterable[Sequence[str]],
    names: int,
) -> Table:
    """Some of the columns, of which the first hold names."""
    places = [headings.index(name) for name in some]
    return report.grid(title, some, [[line[n] for n in places] for line in lines], names)
