"""`python -m benchmarks.history`: how the speeds beside the baseline went from commit to commit.

Each full run of side_by_side, of all workloads in no fewer than the usual rounds, appends a line a
workload and dtype to results/history.jsonl: the speed beside PyTorch eager, and no other baseline.
Such speeds depend on the machine and the libraries too: a line of the page goes through one
machine only, the one that measured last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import record, report
from benchmarks.command import Command
from benchmarks.pages.drawing import mark
from benchmarks.record import Run
from benchmarks.suite import Row
from clinometer.errors import InvalidInput
from clinometer.report.document import write_whole
from clinometer.report.html import Part, Picture, Section, Table, page
from clinometer.report.plot import Axis, Plot

SCHEMA_VERSION = 1
CANDIDATE, BASELINE = "vectorised", "torch eager"
TITLE = "Speeds from commit to commit"
#: What of a row is kept.
KEPT = (
    "workload", "dtype", "baseline", "seconds", "speed", "low", "high", "floor", "of_skeleton",
    "memory_bytes", "allocations",
)  # fmt: skip
MACHINE = ("cpu", "blas", "numpy", "torch")
NUMBERS = ("run", "speed", "95 %", "floor", "time", "of products")

Line = Mapping[str, Any]


def lines(run: Run) -> Iterator[dict[str, Any]]:
    """A line for each workload and dtype: the commit, the machine, and our row beside PyTorch's."""
    names = (*report.COMMIT, *MACHINE)
    head = {"schema_version": SCHEMA_VERSION} | {n: run.surroundings.get(n) for n in names}
    for row in run.rows:
        if (row.candidate, row.baseline) == (CANDIDATE, BASELINE):
            yield head | {name: getattr(row, name) for name in KEPT}


def require(path: Path) -> None:
    """Refuse a file that a line cannot be appended to. Raises InvalidInput."""
    if path.exists():
        read(path)


def append(run: Run, path: Path) -> None:
    """To the history, which is made where there is none."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    write_whole(path, before + "".join(json.dumps(line) + "\n" for line in lines(run)))


def read(path: Path) -> list[Line]:
    """All lines, the oldest first. Raises InvalidInput for what is no history."""
    try:
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        versions = {line["schema_version"] for line in found}
        if versions == {SCHEMA_VERSION}:
            return [_checked(line) for line in found]
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{path} is no history; give a history.jsonl") from error
    raise InvalidInput(f"{path} must hold lines of version {SCHEMA_VERSION} and no others")


def _checked(line: dict[str, Any]) -> Line:
    """Raises KeyError or TypeError where it lacks something."""
    record.require(line, Row, KEPT)
    return line | {name: line[name] for name in (*report.COMMIT, *MACHINE)}


def of_history(found: Sequence[Line]) -> str:
    """The page: a plot and a table for each dtype, and which run was which commit."""
    machine = _machine(found[-1])
    same = [line for line in found if _machine(line) == machine]
    runs = list(dict.fromkeys((line["commit"], line["date"], line["changed"]) for line in same))
    parts: list[Part] = [
        Section(dtype, list(_speeds(dtype, [n for n in same if n["dtype"] == dtype], runs)))
        for dtype in dict.fromkeys(line["dtype"] for line in same)
    ]
    facts = [[name, str(value)] for name, value in zip(MACHINE, machine, strict=True)]
    note = f"{len(found) - len(same)} lines of other machines or libraries are left out."
    parts += [
        Section("Commits", [Table("Runs", ("run", "commit", "date"), (), list(_commits(runs)))]),
        Section("Machine", [Table("Where it was measured", ("what", "is"), (), facts, note)]),
    ]
    return page(TITLE, None, parts)


def _machine(line: Line) -> tuple[Any, ...]:
    return tuple(line[name] for name in MACHINE)


def _commits(runs: Sequence[tuple[Any, ...]]) -> Iterator[list[str]]:
    for number, (name, date, changed) in enumerate(runs, 1):
        yield [str(number), f"{name or 'unknown'}{', changed' if changed else ''}", str(date or "")]


def _speeds(dtype: str, found: Sequence[Line], runs: Sequence[tuple[Any, ...]]) -> Iterator[Part]:
    """Speeds against the number of the run; a line for each workload."""
    numbered = [(runs.index((n["commit"], n["date"], n["changed"])) + 1, n) for n in found]
    baseline = found[-1]["baseline"]
    marks = []
    for index, workload in enumerate(dict.fromkeys(line["workload"] for line in found)):
        points = [(float(x), n["speed"]) for x, n in numbered if n["workload"] == workload]
        marks.append(mark(workload, points, index))
    title = f"Speed of the vectorised gradient beside {baseline}, {dtype}"
    description = f"How many times as fast as {baseline}, from the oldest run to the newest."
    plot = Plot(title, description, Axis("run"), Axis("times as fast", "log"), marks)
    yield Picture(plot.svg(), description)
    yield Table(title, ("workload",), NUMBERS, [_cells(x, line) for x, line in numbered])


def _cells(number: int, line: Line) -> list[str]:
    of_products = "—" if line["of_skeleton"] is None else f"{line['of_skeleton']:.2f}"
    return [
        line["workload"],
        str(number),
        f"{report.digits(line['speed'])} ×",
        f"{report.digits(line['low'])}…{report.digits(line['high'])}",
        f"{line['floor'] - 1:.0%}",
        report.seconds(line["seconds"]),
        of_products,
    ]


@click.command(cls=Command)
@click.argument(
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path("results/history.jsonl"),
)
def main(path: Path) -> None:
    """Draw a history.jsonl as a page beside it."""
    drawn = path.with_suffix(".html")
    write_whole(drawn, of_history(read(path)))
    click.echo(f"written to {drawn}")


if __name__ == "__main__":
    main()
