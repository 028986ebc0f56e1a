"""`python -m benchmarks.changes OLD.jsonl NEW.jsonl`: what became slower beyond the noise.

Times of two runs cannot be compared, as the machine was not the same; speeds beside a baseline
in the same rounds can.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from benchmarks import record, report
from benchmarks.record import Run
from benchmarks.suite import Row

#: Workload, dtype, candidate, baseline.
Key = tuple[str, str, str, str]
HEADINGS = ("workload", "dtype", "candidate", "old", "new", "change", "")


@dataclass(frozen=True)
class Change:
    """The speed of one candidate in two runs, and whether that differs beyond the noise."""

    key: Key
    old: float
    new: float
    beyond: bool

    @property
    def verdict(self) -> str:
        """Nothing where the two cannot be told apart."""
        return "" if not self.beyond else "slower" if self.new < self.old else "faster"

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        speeds = [f"{report.digits(speed)} ×" for speed in (self.old, self.new)]
        return [*self.key[:3], *speeds, f"{self.new / self.old - 1:+.0%}", self.verdict]


def changes(old: Run, new: Run) -> list[Change]:
    """Of every row that both runs have, but for the baselines themselves."""
    before, after = _rows(old), _rows(new)
    return [_change(key, before[key], after[key]) for key in before if key in after]


def _rows(run: Run) -> dict[Key, Row]:
    return {
        (row.workload, row.dtype, row.candidate, row.baseline): row
        for row in run.rows
        if row.candidate != row.baseline
    }


def _change(key: Key, old: Row, new: Row) -> Change:
    """Beyond the noise: the intervals do not meet, and the change is larger than both floors."""
    apart = new.high < old.low or old.high < new.low
    ratio = max(new.speed / old.speed, old.speed / new.speed)
    return Change(key, old.speed, new.speed, apart and ratio > max(old.floor, new.floor))


def show(old: Run, new: Run, console: Console) -> int:
    """Print what changed; 1 where something became slower, and else 0."""
    found = changes(old, new)
    lines = [change.cells for change in found if change.beyond]
    console.print(report.grid("What changed beyond the noise", HEADINGS, lines, names=3))
    slower = [change for change in found if change.verdict == "slower"]
    console.print(f"{len(slower)} of {len(found)} speeds that both runs have became slower")
    return int(bool(slower))


def _run(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An argument that names the lines of a run."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument(name, type=kind, callback=record.of_option)


@click.command()
@_run("old")
@_run("new")
def main(old: Run, new: Run) -> None:
    """Compare two runs of side_by_side; the exit code is 1 where something became slower."""
    sys.exit(show(old, new, Console()))


if __name__ == "__main__":
    main()
