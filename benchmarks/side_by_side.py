"""`python -m benchmarks.side_by_side`: every workload by all candidates, as tables and in files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from benchmarks import report
from benchmarks.candidates import CANDIDATES, USUAL
from benchmarks.gradients import DTYPES, Protocol
from benchmarks.process import fresh
from benchmarks.suite import Row, run
from benchmarks.workloads import WORKLOADS
from clinometer.report.document import write_whole

SCHEMA_VERSION = 1
TITLE = "Gradients side by side"
HEADINGS = (
    "workload", "dtype", "candidate", "time", "least", "wall", "speed", "95 %", "floor",
    "of products", "of peak", "first call", "memory", "error",
)  # fmt: skip
#: What of it a terminal has room for.
SHORT = ("workload", "dtype", "candidate", "time", "speed", "of products", "error")
EXPLANATION = (
    "One gradient of the loss for all parameters and inputs, one thread, one process a workload. "
    "Times are of the processor, the median and the least over the rounds, and the median on the "
    "wall. Speed is that beside PyTorch eager, the median over the rounds of the ratio within a "
    "round, with its 95 % interval; what lies within the floor, which is how far the baseline "
    "strays from itself, is a tie. Of products: the part of the time that the same matrix "
    "products alone take in NumPy. Of peak: operations a second beside one large product in the "
    "same rounds. The first call compiles, where a candidate does; memory is what it added to "
    "what the process held. The error is the largest beside PyTorch's gradient in float64, as a "
    "part of the array's largest number; a gradient that is not right is not timed."
)
JSON_TYPES = {"str": "string", "float": "number", "int": "integer", "bool": "boolean"}


def cells(row: Row) -> list[str]:
    """A line of the table."""
    first = row.candidate == row.baseline
    return [
        row.workload,
        row.dtype,
        row.candidate,
        report.seconds(row.seconds),
        report.seconds(row.least_seconds),
        report.seconds(row.wall_seconds),
        "1" if first else "tie" if row.tie else f"{report.digits(row.speed)} ×",
        "" if first else f"{report.digits(row.low)}…{report.digits(row.high)}",
        f"{row.floor - 1:.0%}",
        "" if row.of_skeleton is None else f"{row.of_skeleton:.2f}",
        "" if row.of_peak is None else f"{row.of_peak:.2f}",
        report.seconds(row.first_call_seconds),
        "" if row.memory_bytes is None else f"{row.memory_bytes / 2**20:.1f} MiB",
        f"{row.error:.0e}",
    ]


def schema() -> dict[str, Any]:
    """The JSON Schema of a row."""
    kinds = {f.name: [JSON_TYPES.get(kind, "null") for kind in _kinds(f.type)] for f in fields(Row)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in kinds.items()},
        "required": list(kinds),
        "additionalProperties": False,
    }


def _kinds(annotation: Any) -> list[str]:
    return str(annotation).split(" | ")


def markdown(rows: Iterable[Row], surroundings: Mapping[str, Any], protocol: Protocol) -> str:
    """The table with what is needed to read it."""
    return "\n\n".join(
        [
            f"# {TITLE}",
            EXPLANATION,
            report.markdown_grid(HEADINGS, map(cells, rows)),
            f"{protocol.rounds} rounds; {report.facts(surroundings)}\n",
        ]
    )


def write(
    rows: Sequence[Row], surroundings: Mapping[str, Any], protocol: Protocol, folder: Path
) -> None:
    """side_by_side.md, .jsonl and .schema.json; the first line of the second is the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    head = {"schema_version": SCHEMA_VERSION, **surroundings, "protocol": asdict(protocol)}
    lines = [json.dumps(line) + "\n" for line in (head, *map(asdict, rows))]
    write_whole(folder / "side_by_side.jsonl", "".join(lines))
    write_whole(folder / "side_by_side.md", markdown(rows, surroundings, protocol))
    write_whole(folder / "side_by_side.schema.json", json.dumps(schema(), indent=2) + "\n")


def surroundings() -> dict[str, Any]:
    """The machine, the libraries and the load."""
    versions = {}
    for name in ("torch", "jax", "autograd"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return report.environment() | versions


@click.command()
@click.option("--workload", "workloads", type=click.Choice(list(WORKLOADS)), multiple=True)
@click.option("--dtype", "dtypes", type=click.Choice(DTYPES), multiple=True)
@click.option("--candidate", "names", type=click.Choice(list(CANDIDATES)), multiple=True)
@click.option("--rounds", default=Protocol.rounds, show_default=True)
@click.option("--quick", is_flag=True, help="Few and short rounds: a trial, not a measurement.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for side_by_side.md, .jsonl and .schema.json.",
)
def main(
    workloads: tuple[str, ...],
    dtypes: tuple[str, ...],
    names: tuple[str, ...],
    rounds: int,
    quick: bool,
    results: Path,
) -> None:
    """Time the gradients of every workload by all candidates; each option may be given again."""
    protocol = Protocol(3, 0.002) if quick else Protocol(rounds)
    jobs = [(w, d) for w in workloads or WORKLOADS for d in dtypes or DTYPES]
    console, rows = Console(), list[Row]()
    with fresh() as process:
        machine = process.submit(surroundings).result()
        for name, dtype in track(jobs, "timing", console=Console(stderr=True), transient=True):
            job = process.submit(run, WORKLOADS[name], dtype, protocol, names or USUAL)
            rows += job.result()
            write(rows, machine, protocol, results)  # each time: a run takes long
    short = [[cells(row)[HEADINGS.index(name)] for name in SHORT] for row in rows]
    console.print(report.grid(TITLE, SHORT, short, names=3))
    console.print(f"written to {results / 'side_by_side.md'} and .jsonl")


if __name__ == "__main__":
    main()
