"""`python -m benchmarks.side_by_side`: every workload by all candidates, as tables and in files."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from benchmarks import changes, history, plan, record, schema, tables
from benchmarks.candidates import CANDIDATES, USUAL
from benchmarks.command import Command
from benchmarks.gradients import DTYPES, QUICK, Protocol
from benchmarks.pages import whole
from benchmarks.plan import PARTS, Plan
from benchmarks.record import Run
from benchmarks.workloads import WORKLOADS
from clinometer.errors import InvalidInput
from clinometer.report.document import write_whole

HISTORY = "history.jsonl"
#: The files of a whole run; and those of one that is not, or not yet.
FULL, TRIAL = "side_by_side", "trial"


def write(run: Run, folder: Path, name: str) -> None:
    """Its .md, .jsonl, .html and .schema.json."""
    folder.mkdir(parents=True, exist_ok=True)
    record.write(run, folder / f"{name}.jsonl")
    write_whole(folder / f"{name}.md", tables.markdown(run))
    write_whole(folder / f"{name}.html", whole.of_run(run))
    write_whole(folder / f"{name}.schema.json", json.dumps(schema.schema(), indent=2) + "\n")


def _refuse(compared: Path | None, written: Sequence[Path]) -> None:
    """Raises InvalidInput where a run is to be compared with what it overwrites."""
    if compared and compared.resolve() in [path.resolve() for path in written]:
        raise InvalidInput(f"{compared} is what this run writes; copy it and --compare the copy")


@click.command(cls=Command)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="All unless given; the gradients alone where only some of them are asked for.",
)
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
@click.option("--quick", is_flag=True, help="Few, short rounds of small things: a trial.")
@click.option("--no-memory", is_flag=True, help="Leave memory out: it takes a process a row.")
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
    parts: tuple[str, ...],
    workloads: tuple[str, ...],
    dtypes: tuple[str, ...],
    names: tuple[str, ...],
    rounds: int | None,
    quick: bool,
    no_memory: bool,
    compared: Path | None,
    results: Path,
) -> None:
    """Time the gradients of every workload by all candidates; each option may be given again.

    And loops beside them as networks grow, differences, and the campaign.
    """
    usual = QUICK if quick else Protocol()
    protocol = replace(usual, rounds=rounds or usual.rounds)
    gradients = [(w, d) for w in workloads or WORKLOADS for d in dtypes or DTYPES]
    asked = Plan(PARTS, protocol, gradients, names, small=quick, weigh=not no_memory)
    asked = replace(asked, parts=parts or (PARTS if asked.all_gradients else PARTS[:1]))
    old = compared and record.read(compared)
    written = (TRIAL, FULL) if asked.full else (TRIAL,)
    _refuse(compared, [results / f"{name}.jsonl" for name in written])
    if asked.full:
        history.require(results / HISTORY)
    console, progress = Console(), Console(stderr=True)
    runs = plan.measure(asked)
    for measured in track(runs, "timing", len(asked.jobs), console=progress, transient=True):
        write(measured, results, TRIAL)
    if asked.full:
        write(measured, results, FULL)
        history.append(measured, results / HISTORY)
    tables.show(measured, console)
    console.print(f"written to {results / written[-1]}.html, .md and .jsonl")
    if old:
        sys.exit(changes.show(old, measured, console))


if __name__ == "__main__":
    main()
