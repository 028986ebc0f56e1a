"""The table for people, the same as Markdown, and JSON lines for programs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from benchmarks.gradients import BATCH, Protocol, Row
from clinometer.report.document import write_whole

SCHEMA_VERSION = 1
UNKNOWN = "—"
COMMIT = ("commit", "date", "changed")
HEADINGS = ("network", "dtype", "gradient", "time", "ratio", "95 %", "floor", "memory")
EXPLANATION = (
    f"One gradient of the loss for all parameters and inputs, batch {BATCH}, one thread. Times are "
    "medians of processor time; the ratio is that to the vectorised gradient, the median over the "
    "rounds of the ratio within a round, with its 95 % interval. The floor is how far the ratio of "
    "the vectorised gradient to itself strays from 1. Memory is the peak that a gradient allocates."
)


def table(rows: Iterable[Row]) -> Table:
    """For a terminal."""
    return grid("vectorised against looped gradients", HEADINGS, map(_cells, rows), names=3)


def grid(
    title: str, headings: Sequence[str], lines: Iterable[Sequence[str]], names: int = 1
) -> Table:
    """A table for a terminal, whose first columns hold names and the others numbers."""
    result = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for number, heading in enumerate(headings):
        result.add_column(heading, justify="left" if number < names else "right", no_wrap=True)
    for line in lines:
        result.add_row(*line)
    return result


def write(
    rows: Sequence[Row], surroundings: Mapping[str, Any], protocol: Protocol, folder: Path
) -> None:
    """gradients.md and gradients.jsonl, whose first line tells the machine and the protocol."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [{"schema_version": SCHEMA_VERSION, **surroundings, "protocol": asdict(protocol)}]
    lines += [asdict(row) for row in rows]
    write_whole(folder / "gradients.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    write_whole(folder / "gradients.md", markdown(rows, surroundings, protocol))


def markdown(rows: Iterable[Row], surroundings: Mapping[str, Any], protocol: Protocol) -> str:
    """The table with what is needed to read it."""
    return "\n\n".join(
        [
            "# Vectorised against looped gradients",
            EXPLANATION,
            markdown_grid(HEADINGS, map(_cells, rows)),
            f"{protocol.rounds} rounds; {facts(surroundings)}\n",
        ]
    )


def markdown_grid(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table as Markdown."""
    body = [headings, ["---"] * len(headings), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in body)


def facts(surroundings: Mapping[str, Any]) -> str:
    """The machine, the libraries and the load in one line."""
    return ", ".join(f"{name} {value}" for name, value in surroundings.items())


def environment() -> dict[str, Any]:
    """When, the machine, libraries and load, as the process that calls this sees them."""
    return (
        {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "load": load(),
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "clinometer": version("clinometer"),
        }
        | _blas()
        | commit()
    )


def commit() -> dict[str, Any]:
    """The commit that is checked out and its date, and whether files differ from it."""
    here = Path(__file__).parent
    try:
        told = _git(here, "show", "-s", "--format=%H %cI", "HEAD")
        changed = bool(_git(here, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return dict.fromkeys(COMMIT)  # not a working tree of git
    name, date = told.split()
    return {"commit": name, "date": date, "changed": changed}


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 # ours


def load() -> float | None:
    """Of the last minute, where the system tells."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _blas() -> dict[str, Any]:
    """Its name, version and kernels, and its threads; dashes where threadpoolctl is missing."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return {"blas": UNKNOWN, "threads": UNKNOWN}

    pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
    blas: dict[str, Any] = next(pools, {})
    told = (blas.get(k) for k in ("internal_api", "version", "architecture"))
    return {
        "blas": " ".join(map(str, filter(None, told))) or UNKNOWN,
        "threads": blas.get("num_threads", UNKNOWN),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _cells(row: Row) -> list[str]:
    first = row.ratio == 1
    return [
        "-".join(map(str, row.widths)),
        row.dtype,
        row.candidate,
        seconds(row.seconds),
        "1" if first else "tie" if row.tie else digits(row.ratio),
        "" if first else f"{digits(row.low)}…{digits(row.high)}",
        f"{row.floor - 1:.0%}",
        f"{row.bytes / 1024:.0f} KiB",
    ]


def seconds(time: float) -> str:
    """A time with its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if time >= size:
            return f"{digits(time / size)} {unit}"
    return f"{digits(time * 1e6)} µs"


def digits(number: float) -> str:
    """Three digits, or all of a larger whole number."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def size(number: int | None) -> str:
    """Bytes with their unit, or a dash where they are not known."""
    if number is None:
        return UNKNOWN
    return f"{number / 2**10:.0f} KiB" if number < 2**20 else f"{digits(number / 2**20)} MiB"
