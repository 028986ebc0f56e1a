"""`python -m benchmarks`: vectorised against looped gradients, as a table and in files."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from benchmarks import report
from benchmarks.command import Command
from benchmarks.gradients import DTYPES, QUICK, SIZES, Protocol, measure
from benchmarks.process import fresh, result


@click.command(cls=Command)
@click.option(
    "--size",
    "sizes",
    type=click.Choice(list(SIZES)),
    multiple=True,
    help="Only networks of this size; all unless given, and may be given again.",
)
@click.option("--quick", is_flag=True, help="Few and short rounds: a trial, not a measurement.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for gradients.md and gradients.jsonl.",
)
def main(sizes: tuple[str, ...], quick: bool, results: Path) -> None:
    """Time one gradient of each network, vectorised and looped, in a process of its own."""
    protocol = QUICK if quick else Protocol()
    workloads = [(size, dtype) for size in sizes or SIZES for dtype in DTYPES]
    console, progress = Console(), Console(stderr=True)
    rows = []
    with fresh() as process:
        surroundings = result(process.submit(report.environment), "the machine")
        for size, dtype in track(workloads, "timing", console=progress, transient=True):
            rows += result(process.submit(measure, size, dtype, protocol), f"{size} in {dtype}")
    console.print(report.table(rows))
    report.write(rows, surroundings, protocol, results)
    console.print(f"written to {results / 'gradients.md'} and {results / 'gradients.jsonl'}")


if __name__ == "__main__":
    main()
