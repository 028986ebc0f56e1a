"""`python -m benchmarks.loop_curve`: what vectorising buys as batch, width and depth grow.

A loop takes the same time for every product of two numbers. A vectorised gradient takes a time
for every call of NumPy, however small the arrays, and then a far smaller one for every product.
So the ratio grows with the products until these outweigh the calls, and no more from there on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from benchmarks import proof, record, report
from benchmarks.candidates import CANDIDATES
from benchmarks.command import Command
from benchmarks.gradients import SUBJECTS, Protocol
from benchmarks.process import fresh, result
from benchmarks.timer import compare
from benchmarks.workloads import multilayer
from clinometer.errors import InvalidInput
from clinometer.report.document import write_whole

SCHEMA_VERSION = 1
TITLE = "Loops against vectorised gradients"
HEADINGS = ("along", "network", "batch", "parameters", "vectorised", "looped", "ratio", "95 %")
CURVES: dict[str, list[tuple[tuple[int, ...], int]]] = {
    "batch": [((16, 16, 4), batch) for batch in (1, 4, 16, 64, 256)],
    "width": [((width, width, 10), 16) for width in (4, 8, 16, 32, 64, 128, 256)],
    "depth": [((16,) * (depth + 1), 16) for depth in (1, 2, 4, 8, 16)],
}


@dataclass(frozen=True)
class Point:
    """One network: seconds of processor time of both gradients, and their ratio."""

    along: str
    widths: tuple[int, ...]
    batch: int
    parameters: int
    vectorised: float
    looped: float
    ratio: float
    low: float
    high: float

    @property
    def size(self) -> int:
        """What grows along the curve."""
        sizes = {"batch": self.batch, "width": self.widths[0], "depth": len(self.widths) - 1}
        return sizes[self.along]

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        times = [report.seconds(self.vectorised), report.seconds(self.looped)]
        name = f"{self.widths[0]} × {self.size}" if self.along == "depth" else ""
        return [
            self.along,
            name or "-".join(map(str, self.widths)),
            str(self.batch),
            str(self.parameters),
            *times,
            report.digits(self.ratio),
            f"{report.digits(self.low)}…{report.digits(self.high)}",
        ]


def measure(along: str, widths: tuple[int, ...], batch: int, protocol: Protocol) -> Point:
    """Both gradients of one network, in float64. Raises proof.Wrong for one that is not right."""
    workload = multilayer(along, widths, batch)
    case = workload.case("float64")
    both = {name: CANDIDATES[name].build(case) for name in SUBJECTS}
    for name, gradient in both.items():
        proof.error(workload, "float64", name, gradient)
    timings = compare(both, protocol.rounds, protocol.slice_seconds).timings
    parameters = case.size - case.batch * widths[0]
    fast, slow = timings["vectorised"].seconds, timings["looped"]
    return Point(
        along, widths, batch, parameters, fast, slow.seconds, slow.ratio, slow.low, slow.high
    )


def curves(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The points along each."""
    names = dict.fromkeys(point.along for point in points)
    return {name: [point for point in points if point.along == name] for name in names}


def power(curve: Sequence[Point]) -> tuple[float, float]:
    """The p and c of ratio ≈ c sizeᵖ, by least squares on logarithms."""
    sizes, ratios = np.log([[p.size, p.ratio] for p in curve]).T
    exponent, constant = np.polyfit(sizes, ratios, 1)
    return float(exponent), float(np.exp(constant))


def law(points: Sequence[Point]) -> str:
    """The powers of all curves in words."""
    return ", ".join(f"{name}^{power(curve)[0]:.2f}" for name, curve in curves(points).items())


def markdown(points: Sequence[Point], surroundings: Mapping[str, Any]) -> str:
    """The table, the exponents, and the machine."""
    return "\n\n".join(
        [
            f"# {TITLE}",
            report.markdown_grid(HEADINGS, (point.cells for point in points)),
            f"Fitted to each curve, the ratio grows as {law(points)}.",
            report.facts(surroundings) + "\n",
        ]
    )


def write(points: Sequence[Point], surroundings: Mapping[str, Any], folder: Path) -> None:
    """loop_curve.md, and .jsonl, whose first line is the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [{"schema_version": SCHEMA_VERSION, **surroundings}, *map(asdict, points)]
    write_whole(folder / "loop_curve.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    write_whole(folder / "loop_curve.md", markdown(points, surroundings))


@dataclass(frozen=True)
class Curve:
    """What a file holds: where it was measured, and the points."""

    surroundings: Mapping[str, Any]
    points: Sequence[Point]


def read(path: Path) -> Curve | None:
    """None where there is no file. Raises InvalidInput for another."""
    if not path.exists():
        return None
    try:
        head, first, *more = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        facts = {name: fact for name, fact in head.items() if name != "schema_version"}
        return Curve(facts, [_point(line) for line in (first, *more)])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidInput(
            f"{path} is no loop curve; measure it by `python -m benchmarks.loop_curve` or remove it"
        ) from error


def _point(line: dict[str, Any]) -> Point:
    """Raises KeyError or TypeError where a field is missing or no such."""
    record.require(line, Point, [field.name for field in fields(Point) if field.name != "widths"])
    return Point(**line | {"widths": tuple(map(int, line["widths"]))})


@click.command(cls=Command)
@click.option("--quick", is_flag=True, help="The smallest networks and few rounds: only a trial.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for loop_curve.md and loop_curve.jsonl.",
)
def main(quick: bool, results: Path) -> None:
    """Time the looped and the vectorised gradient of growing networks."""
    protocol = Protocol(3, 0.002) if quick else Protocol(5, 0.02)
    jobs = [(along, *p) for along, curve in CURVES.items() for p in curve[: 3 if quick else None]]
    with fresh() as process:
        machine = result(process.submit(report.environment), "the machine")
        points = [
            result(process.submit(measure, *job, protocol), "the loops' curve") for job in jobs
        ]
    lines: Iterable[Sequence[str]] = [point.cells for point in points]
    Console().print(report.grid(TITLE, HEADINGS, lines, names=2))
    write(points, machine, results)
    Console().print(f"written to {results / 'loop_curve.md'} and .jsonl")


if __name__ == "__main__":
    main()
