"""`python -m benchmarks.changes OLD.jsonl NEW.jsonl`: what became slower beyond the noise.

Times of two runs cannot be compared, as the load was not the same; speeds beside a baseline in the
same rounds can. Machine and libraries move those too: where they differ that is said, as what
changed may be theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from benchmarks import record, report
from benchmarks.command import Command
from benchmarks.record import Run
from benchmarks.timed import Timed

#: Workload, dtype, candidate, baseline.
Key = tuple[str, str, str, str]
#: What differs from run to run on one machine.
EXPECTED = (*record.PASSING, "clinometer", *report.COMMIT)
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


def caveats(old: Run, new: Run) -> Iterator[str]:
    """What to know of a comparison: where it was measured, and what only one of the runs has."""
    if differing := record.differing(old.surroundings, new.surroundings, EXPECTED):
        yield f"Not measured alike, so that a change may be theirs: {'; '.join(differing)}."
    before, after = _rows(old), _rows(new)
    for run, mine, others in (("old", before, after), ("new", after, before)):
        for (candidate, baseline), places in _places(mine.keys() - others.keys()).items():
            names = ", ".join(f"{place} ({'/'.join(places[place])})" for place in places)
            yield f"Only the {run} run has {candidate} beside {baseline}: {names}."


def _places(keys: Iterable[Key]) -> dict[tuple[str, str], dict[str, list[str]]]:
    """The dtypes by the workload by the candidate and its baseline."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for workload, dtype, candidate, baseline in sorted(keys):
        found.setdefault((candidate, baseline), {}).setdefault(workload, []).append(dtype)
    return found


def _rows(run: Run) -> dict[Key, Timed]:
    return {
        (row.workload, row.dtype, row.candidate, row.baseline): row
        for row in run.of(Timed)
        if not row.first
    }


def _change(key: Key, old: Timed, new: Timed) -> Change:
    """Beyond the noise: the intervals do not meet, and the change is larger than both floors."""
    apart = new.high < old.low or old.high < new.low
    ratio = max(new.speed / old.speed, old.speed / new.speed)
    return Change(key, old.speed, new.speed, apart and ratio > max(old.floor, new.floor))


def show(old: Run, new: Run, console: Console) -> int:
    """Print what changed; 1 where something became slower, 5 where nothing is common, else 0."""
    from clinometer.commands import NOTHING

    found = changes(old, new)
    for sentence in caveats(old, new):
        console.print(sentence, soft_wrap=True)
    if not found:
        console.print("the runs have no speed in common: nothing was compared")
        return NOTHING
    lines = [change.cells for change in found if change.beyond]
    console.print(report.grid("What changed beyond the noise", HEADINGS, lines, names=3))
    slower = [change for change in found if change.verdict == "slower"]
    console.print(f"{len(slower)} of {len(found)} speeds that both runs have became slower")
    return int(bool(slower))


def _run(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An argument that names the lines of a run."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument(name, type=kind, callback=record.of_option)


@click.command(cls=Command)
@_run("old")
@_run("new")
def main(old: Run, new: Run) -> None:
    """Compare two runs of side_by_side; the exit code is 1 where something became slower.

    It is 5 where they have nothing in common.
    """
    sys.exit(show(old, new, Console()))


if __name__ == "__main__":
    main()
