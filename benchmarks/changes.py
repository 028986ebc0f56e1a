"""`python -m benchmarks.changes OLD.jsonl NEW.jsonl`: what became slower beyond the noise.

Times of two runs cannot be compared, as the machine was not the same; speeds beside a baseline
in the same rounds can.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks import report

Key = tuple[str, str, str, str]
HEADINGS = ("workload", "dtype", "candidate", "beside", "old", "new", "change", "")


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
        return [*self.key, *speeds, f"{self.new / self.old - 1:+.0%}", self.verdict]


def changes(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> list[Change]:
    """Of every row that both runs have, but for the baselines themselves."""
    return [_change(key, old[key], new[key]) for key in old if key in new and key[2] != key[3]]


def _change(key: Key, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    """Beyond the noise: the intervals do not meet, and the change is larger than both floors."""
    apart = new["high"] < old["low"] or old["high"] < new["low"]
    ratio = max(new["speed"] / old["speed"], old["speed"] / new["speed"])
    return Change(
        key, old["speed"], new["speed"], apart and ratio > max(old["floor"], new["floor"])
    )


def read(path: Path) -> dict[Key, Any]:
    """The rows of a run by workload, dtype, candidate and baseline."""
    _, *lines = path.read_text(encoding="utf-8").splitlines()
    rows: Iterable[Any] = map(json.loads, lines)
    names = ("workload", "dtype", "candidate", "baseline")
    return {tuple(row[name] for name in names): row for row in rows}


@click.command()
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(old: Path, new: Path) -> None:
    """Compare two runs of side_by_side; the exit code is 1 where something became slower."""
    found = changes(read(old), read(new))
    title = f"{old.name} and {new.name}"
    Console().print(report.grid(title, HEADINGS, [change.cells for change in found], names=4))
    sys.exit(any(change.verdict == "slower" for change in found))


if __name__ == "__main__":
    main()
