"""`python -m benchmarks.calibration`: how often the verdict is right, and how sharp it is."""

from __future__ import annotations

import multiprocessing
import os
import platform
import warnings
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from benchmarks.calibration.counts import Counts
from benchmarks.calibration.measurement import measured
from benchmarks.calibration.numbers import DIGITS
from benchmarks.calibration.plan import DEFAULT, FULL, Journal, Plan
from benchmarks.calibration.trials import Chunk
from benchmarks.calibration.writing import WIDTH, show, write

#: Read by the libraries as they load: in the processes that are started for the cases.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
#: That a process counts before another takes its place: JAX keeps all that it has compiled.
CHUNKS = 8
VERSIONS = (
    "clinometer", "numpy", "python-flint", "hypothesis", "torch", "jax", "chex", "autograd", "scipy"
)  # fmt: skip


@click.command()
@click.option("--cases", default=DEFAULT, show_default=True, help="Of float64; the rest follows.")
@click.option("--full", is_flag=True, help=f"{FULL:,} cases of float64.")
@click.option("--seed", default=0, show_default=True, help="Determines every case.")
@click.option(
    "--dtype",
    "dtypes",
    type=click.Choice(list(DIGITS)),
    multiple=True,
    help="Only this dtype; all unless given, and may be given again.",
)
@click.option("--processes", default=os.cpu_count(), show_default="one a core")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for calibration.md and calibration.jsonl, and for the journal of a run.",
)
def main(
    cases: int, full: bool, seed: int, dtypes: tuple[str, ...], processes: int, results: Path
) -> None:
    """Judge many gradients that are right, and many with a seeded error, and count.

    A run that was ended early goes on where it was when started again with the same options.
    """
    plan = Plan(FULL if full else cases, seed, dtypes or tuple(DIGITS))
    versions = {name: _version(name) for name in VERSIONS}
    results.mkdir(parents=True, exist_ok=True)
    journal = Journal(results / "calibration.journal", plan, versions)
    counts = run(plan, journal, processes)
    facts = {**asdict(plan), **versions, "python": platform.python_version()}
    console = Console(width=max(WIDTH, Console().width))
    show(counts, console)
    write(counts, facts, results)
    console.print(f"written to {results / 'calibration.md'} and {results / 'calibration.jsonl'}")
    if counts.of("crashes", None, None):
        raise SystemExit(1)


def run(plan: Plan, journal: Journal, processes: int) -> Counts:
    """The counts of all chunks, each in the journal as soon as it is done."""
    os.environ.update(ONE_THREAD)
    done = journal.read()
    chunks = plan.chunks()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    spawn = multiprocessing.get_context("spawn")
    with (
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        spawn.Pool(processes, warnings.simplefilter, ("ignore",), maxtasksperchild=CHUNKS) as pool,
    ):
        task = progress.add_task("chunks of cases", total=len(chunks), completed=len(done))
        for chunk, counts in pool.imap_unordered(measured, [c for c in chunks if c not in done]):
            done[chunk] = counts
            journal.add(chunk, counts)
            progress.advance(task)
    return _sum(chunks, done)


def _sum(chunks: list[Chunk], done: dict[Chunk, Counts]) -> Counts:
    """In the order of the chunks, whatever the order in which they ended."""
    counts = Counts()
    for chunk in chunks:
        counts.merge(done[chunk].numbers, done[chunk].events)
    return counts


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main()
