"""`python -m benchmarks.campaign`: how many random networks a second `verify` judges."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks import report
from benchmarks.process import fresh
from clinometer import registry
from clinometer.campaign.drawing import Draw
from clinometer.campaign.run import Outcome, run
from clinometer.report.document import write_whole

TITLE = "Random networks a second"
EXPLANATION = (
    "The cases of `clinometer verify`, the same for every line, on one thread in a process of its "
    "own: both gradients by hand before one oracle, and before all of them. Times are of the "
    "processor; cases a second are those of the whole run, the median and the most are of single "
    "cases. Judged are those on which the oracle has said something: JAX compiles every network "
    "anew and is asked one case in so many, and what is for large networks refuses small ones, so "
    "that its line is the time of all else. In a run in which anything disagrees nothing is timed."
)
HEADINGS = ("oracles", "cases", "judged", "cases a second", "a case, median", "at most")
ALL = "all"


class Disagreed(ValueError):
    """A run whose time means nothing, as something in it was wrong."""


@dataclass(frozen=True)
class Rate:
    """Of one choice of oracles: processor seconds of each case, and how many of them it judged."""

    oracles: str
    seconds: tuple[float, ...]
    judged: int

    @property
    def per_second(self) -> float:
        """Cases, over the whole run."""
        return len(self.seconds) / sum(self.seconds)

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        return [
            self.oracles,
            str(len(self.seconds)),
            str(self.judged),
            report.digits(self.per_second),
            report.seconds(float(np.median(self.seconds))),
            report.seconds(max(self.seconds)),
        ]


def measure(oracles: str, count: int, seed: int) -> Rate:
    """The rate of one oracle, or of all that are usable. Raises Disagreed if anything does."""
    chosen = registry.choose_oracles(() if oracles == ALL else (oracles,))
    cases, subjects = Draw(count, seed).cases[:count], registry.choose_subjects()
    all(run(cases[:1], subjects, chosen))  # what is loaded once is loaded
    seconds, outcomes = zip(*_timed(run(cases, subjects, chosen)), strict=True)
    for case, outcome in zip(cases, outcomes, strict=True):
        if outcome.status == "disagree":
            raise Disagreed(f"{oracles} disagrees in {case.to_json()}: its time means nothing")
    return Rate(oracles, seconds, sum(_judged(outcome, chosen) for outcome in outcomes))


def _judged(outcome: Outcome, oracles: Iterable[str]) -> bool:
    """True where one of the oracles has said something."""
    said = (c for verdict in outcome.verdicts.values() for c in verdict.comparisons)
    return any(c.witness in oracles and c.status != "inconclusive" for c in said)


def _timed(outcomes: Iterator[Outcome]) -> Iterator[tuple[float, Outcome]]:
    """Processor seconds of each, and it."""
    start = time.process_time()
    for outcome in outcomes:
        yield time.process_time() - start, outcome
        start = time.process_time()


def choices() -> list[str]:
    """Each oracle that can be used here, and all of them."""
    return [*registry.choose_oracles(), ALL]


def markdown(rates: Sequence[Rate], surroundings: dict[str, Any]) -> str:
    """The table with what is needed to read it."""
    table = report.markdown_grid(HEADINGS, [rate.cells for rate in rates])
    return "\n\n".join([f"# {TITLE}", EXPLANATION, table, report.facts(surroundings) + "\n"])


@click.command()
@click.option("--cases", "count", type=click.IntRange(1), default=100, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for campaign.md.",
)
def main(count: int, seed: int, results: Path) -> None:
    """Time random networks before each oracle alone and before all."""
    progress = Console(stderr=True)
    with fresh() as process:
        surroundings = process.submit(report.environment).result()
        rates = [
            process.submit(measure, name, count, seed).result()
            for name in track(choices(), "judging", console=progress, transient=True)
        ]
    Console().print(report.grid(TITLE, HEADINGS, [rate.cells for rate in rates]))
    results.mkdir(parents=True, exist_ok=True)
    write_whole(results / "campaign.md", markdown(rates, surroundings))
    Console().print(f"written to {results / 'campaign.md'}")


if __name__ == "__main__":
    main()
