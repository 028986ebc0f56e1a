"""`python -m benchmarks.checkers`: clinometer beside other checkers, what they cost and catch."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from benchmarks import report
from benchmarks.checkers import measurement, module
from benchmarks.checkers.checkers import BY_LIBRARY
from benchmarks.checkers.functions import FUNCTIONS
from benchmarks.checkers.measurement import Cost
from benchmarks.checkers.writing import Measured, show, write
from benchmarks.gradients import QUICK, Protocol
from benchmarks.peers import installed
from benchmarks.process import fresh

#: Of which the versions are told.
PEERS = ("torch", "jax", "chex", "autograd", "scipy")
WIDTH = 190


@click.command()
@click.option("--quick", is_flag=True, help="One function, few rounds: a trial, no measurement.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for checkers.md.",
)
def main(quick: bool, results: Path) -> None:
    """Check the same gradients by every checker there is, right ones and ones with a fault."""
    protocol = QUICK if quick else Protocol()
    libraries = [n for n in BY_LIBRARY if installed(n)]
    tasks = [(name, n) for name in list(FUNCTIONS)[: 1 if quick else None] for n in libraries]
    console, progress = Console(width=max(WIDTH, Console().width)), Console(stderr=True)
    costs, seen, judged = [], [], []
    with fresh() as process:
        surroundings = process.submit(report.environment).result() | versions()
        for name, library in track(tasks, "checking", console=progress, transient=True):
            costs += _costs(process, name, library, protocol)
            seen += process.submit(measurement.seen, name, library).result()
        if "torch" in libraries:
            judged = process.submit(module.measure, slow=not quick).result()
    measured = Measured(costs, seen, judged, surroundings)
    show(measured, console)
    write(measured, results)
    console.print(f"written to {results / 'checkers.md'}")


def versions() -> dict[str, Any]:
    """Of the checkers, or that they are not there."""
    return {name: version(name) if installed(name) else "not installed" for name in PEERS}


def _costs(process: ProcessPoolExecutor, name: str, library: str, protocol: Protocol) -> list[Cost]:
    first = {
        checker.name: process.submit(
            measurement.first_call, name, library, BY_LIBRARY[library].index(checker)
        ).result()
        for checker in measurement.usable(library, name)
    }
    return process.submit(measurement.costs, name, library, protocol, first).result()


if __name__ == "__main__":
    main()
