"""`python -m benchmarks.loop_curve`: what vectorising buys as batch, width and depth grow.

A loop takes the same time for every product of two numbers. A vectorised gradient takes a time
for every call of NumPy, however small the arrays, and then a far smaller one for every product.
So the ratio grows with the products until these outweigh the calls, and no more from there on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from benchmarks import report
from benchmarks.candidates import CANDIDATES
from benchmarks.gradients import Protocol
from benchmarks.process import fresh
from benchmarks.timer import compare
from benchmarks.workloads import multilayer
from clinometer.report.document import write_whole

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
    """Both gradients of one network, in float64."""
    case = multilayer(along, widths, batch).case("float64")
    both = {name: CANDIDATES[name].build(case) for name in ("vectorised", "looped")}
    timings = compare(both, protocol.rounds, protocol.slice_seconds).timings
    parameters = case.size - case.batch * widths[0]
    fast, slow = timings["vectorised"].seconds, timings["looped"]
    return Point(
        along, widths, batch, parameters, fast, slow.seconds, slow.ratio, slow.low, slow.high
    )


def exponents(points: Sequence[Point]) -> dict[str, float]:
    """By least squares on logarithms: ratio ~ sizeᵖ, for each curve."""
    fitted = {}
    for along in dict.fromkeys(point.along for point in points):
        curve = [point for point in points if point.along == along]
        sizes, ratios = np.log([[p.size, p.ratio] for p in curve]).T
        fitted[along] = float(np.polyfit(sizes, ratios, 1)[0])
    return fitted


def markdown(points: Sequence[Point], surroundings: Mapping[str, Any]) -> str:
    """The table, the exponents, and the machine."""
    law = ", ".join(f"{name}^{power:.2f}" for name, power in exponents(points).items())
    return "\n\n".join(
        [
            f"# {TITLE}",
            report.markdown_grid(HEADINGS, (point.cells for point in points)),
            f"Fitted to each curve, the ratio grows as {law}.",
            report.facts(surroundings) + "\n",
        ]
    )


@click.command()
@click.option("--quick", is_flag=True, help="The smallest networks and few rounds: only a trial.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for loop_curve.md.",
)
def main(quick: bool, results: Path) -> None:
    """Time the looped and the vectorised gradient of growing networks."""
    protocol = Protocol(3, 0.002) if quick else Protocol(5, 0.02)
    jobs = [(along, *p) for along, curve in CURVES.items() for p in curve[: 3 if quick else None]]
    with fresh() as process:
        machine = process.submit(report.environment).result()
        points = [process.submit(measure, *job, protocol).result() for job in jobs]
    lines: Iterable[Sequence[str]] = [point.cells for point in points]
    Console().print(report.grid(TITLE, HEADINGS, lines, names=2))
    results.mkdir(parents=True, exist_ok=True)
    write_whole(results / "loop_curve.md", markdown(points, machine))
    Console().print(f"written to {results / 'loop_curve.md'}")


if __name__ == "__main__":
    main()
