"""`python -m benchmarks.side_by_side`: every workload by all candidates, as tables and in files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from benchmarks import (
    changes,
    history,
    loop_curve,
    memory,
    record,
    report,
    side_by_side_page,
    tables,
)
from benchmarks.candidates import CANDIDATES, USUAL
from benchmarks.command import Command
from benchmarks.gradients import DTYPES, Protocol
from benchmarks.loop_curve import Curve
from benchmarks.process import fresh, result
from benchmarks.record import Run
from benchmarks.suite import Row, Skipped, run
from benchmarks.workloads import WORKLOADS
from clinometer.errors import InvalidInput
from clinometer.report.document import write_whole

#: Few and short rounds: a trial, not a measurement.
QUICK = Protocol(3, 0.002)
HISTORY, CURVE = "history.jsonl", "loop_curve.jsonl"
#: The files of a whole run; and those of one that is not, or not yet.
FULL, TRIAL = "side_by_side", "trial"


def write(run: Run, folder: Path, curve: Curve | None, name: str) -> None:
    """Its .md, .jsonl, .html and .schema.json; the page has the loop curve."""
    folder.mkdir(parents=True, exist_ok=True)
    record.write(run, folder / f"{name}.jsonl")
    write_whole(folder / f"{name}.md", tables.markdown(run))
    write_whole(folder / f"{name}.html", side_by_side_page.of_run(run, curve))
    write_whole(folder / f"{name}.schema.json", json.dumps(record.schema(), indent=2) + "\n")


def surroundings() -> dict[str, Any]:
    """The machine, the libraries, the load and the commit."""
    versions = {}
    for name in record.OPTIONAL:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return report.environment() | versions


def _with_memory(process: ProcessPoolExecutor, row: Row) -> Row:
    """The row, whose candidate is built again in a process that has done nothing else."""
    workload = WORKLOADS[row.workload]
    job = process.submit(memory.measure, workload, row.dtype, row.candidate)
    what = f"the memory of {row.candidate} on {row.workload} in {row.dtype}"
    return replace(row, **asdict(result(job, what)))


def _runs(
    jobs: Sequence[tuple[str, str]], names: tuple[str, ...], protocol: Protocol, weigh: bool
) -> Iterator[Run]:
    """All that has been measured, after each job: a run takes long."""
    rows, skipped = list[Row](), list[Skipped]()
    with fresh() as process:
        machine = result(process.submit(surroundings), "the machine")
        for name, dtype in jobs:
            job = process.submit(run, WORKLOADS[name], dtype, protocol, names)
            more, others = result(job, f"{name} in {dtype}")
            rows += [_with_memory(process, row) for row in more] if weigh else more
            skipped += others
            yield Run(machine | {"load_at_end": report.load()}, protocol, rows, skipped)


def _refuse(compared: Path | None, written: Sequence[Path]) -> None:
    """Raises InvalidInput where a run is to be compared with what it overwrites."""
    if compared and compared.resolve() in [path.resolve() for path in written]:
        raise InvalidInput(f"{compared} is what this run writes; copy it and --compare the copy")


@click.command(cls=Command)
@click.option("--workload", "workloads", type=click.Choice(list(WORKLOADS)), multiple=True)
@click.option("--dtype", "dtypes", type=click.Choice(DTYPES), multiple=True)
@click.option(
    "--candidate",
    "names",
    type=click.Choice(list(CANDIDATES)),
    multiple=True,
    default=USUAL,
    help="All but torch.compile unless given: compiling takes a minute a workload.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help=f"How often each has its turn: {Protocol.rounds}, or if --quick {QUICK.rounds}.",
)
@click.option("--quick", is_flag=True, help="Few and short rounds: a trial, not a measurement.")
@click.option("--no-memory", is_flag=True, help="Leave memory out: it takes a process a row.")
@click.option("--loops", is_flag=True, help="Measure the loops' curve first, for the page.")
@click.option(
    "--compare",
    "compared",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A side_by_side.jsonl; the exit code is 1 where something became slower than in it.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for side_by_side.html, .md, .jsonl and .schema.json, and history.jsonl; until "
    "all is measured, and for what is less than a full run, it is trial.html and so on.",
)
def main(
    workloads: tuple[str, ...],
    dtypes: tuple[str, ...],
    names: tuple[str, ...],
    rounds: int | None,
    quick: bool,
    no_memory: bool,
    compared: Path | None,
    loops: bool,
    results: Path,
) -> None:
    """Time the gradients of every workload by all candidates; each option may be given again."""
    usual = QUICK if quick else Protocol()
    protocol = replace(usual, rounds=rounds or usual.rounds)
    old = compared and record.read(compared)
    curve = None if loops else loop_curve.read(results / CURVE)
    jobs = [(w, d) for w in workloads or WORKLOADS for d in dtypes or DTYPES]
    full = (
        set(jobs) >= set(product(WORKLOADS, DTYPES))
        and set(names) >= set(USUAL)
        and not (quick or no_memory or protocol.rounds < usual.rounds)
    )
    _refuse(compared, [results / f"{name}.jsonl" for name in (TRIAL, *([FULL] if full else []))])
    if full:
        history.require(results / HISTORY)
    if loops:
        click.get_current_context().invoke(loop_curve.main, quick=quick, results=results)
        curve = loop_curve.read(results / CURVE)
    console, progress = Console(), Console(stderr=True)
    runs = _runs(jobs, names, protocol, not no_memory)
    for measured in track(runs, "timing", len(jobs), console=progress, transient=True):
        write(measured, results, curve, TRIAL)
    if full:
        write(measured, results, curve, FULL)
        history.append(measured, results / HISTORY)
    tables.show(measured, console)
    console.print(f"written to {results / (FULL if full else TRIAL)}.html, .md and .jsonl")
    if old:
        sys.exit(changes.show(old, measured, console))


if __name__ == "__main__":
    main()
