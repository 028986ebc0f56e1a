"""What vectorising buys as batch, width and depth grow.

A loop takes the same time for every product of two numbers. A vectorised gradient takes a time
for every call of NumPy, however small the arrays, and then a far smaller one for every product.
So the ratio grows with the products until these outweigh the calls, and no more from there on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import proof, report, timed
from benchmarks.candidates import CANDIDATES
from benchmarks.gradients import SUBJECTS, Protocol
from benchmarks.timed import Timed
from benchmarks.timer import compare
from benchmarks.workloads import multilayer

TITLE = "Loops against vectorised gradients"
NAMES = ("along", "network", "gradient")
NUMBERS = ("batch", "parameters", "time", "speed", "95 %", "floor", "error")
#: What of it a terminal has room for.
SHORT = ("along", "network", "gradient", "batch", "time", "speed", "95 %")
CURVES: dict[str, list[tuple[tuple[int, ...], int]]] = {
    "batch": [((16, 16, 4), batch) for batch in (1, 4, 16, 64, 256)],
    "width": [((width, width, 10), 16) for width in (4, 8, 16, 32, 64, 128, 256)],
    "depth": [((16,) * (depth + 1), 16) for depth in (1, 2, 4, 8, 16)],
}
#: Of each curve, in a trial.
FEW = 3
_EXPLANATION = (
    "The gradient of a network by the same kernels as loops over numbers and vectorised, in "
    "float64. The speed is that beside the loops: the median over the rounds of the ratio within "
    "a round, with its 95 % interval; what lies within the floor, which is how far the loops stray "
    "from themselves, is a tie."
)


@dataclass(frozen=True, kw_only=True)
class Point(Timed):
    """One gradient of one network, and how large that is along its curve."""

    along: str
    grown: int
    network: str
    batch: int
    parameters: int
    error: float

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        return [
            self.along,
            self.network,
            self.candidate,
            str(self.batch),
            str(self.parameters),
            report.seconds(self.seconds),
            *self.speed_cells,
            f"{self.error:.0e}",
        ]


def measure(along: str, widths: tuple[int, ...], batch: int, protocol: Protocol) -> list[Point]:
    """Both gradients of one network in float64, the loops first.

    Raises proof.Wrong for one that is not right.
    """
    grown = {"batch": batch, "width": widths[0], "depth": len(widths) - 1}[along]
    workload = multilayer(f"{along} {grown}", widths, batch)
    case = workload.case("float64")
    both = {name: CANDIDATES[name].build(case) for name in reversed(SUBJECTS)}
    errors = {name: proof.error(workload, "float64", name, both[name]) for name in both}
    result = compare(both, protocol.rounds, protocol.slice_seconds)
    return [
        Point(
            workload=workload.name,
            dtype="float64",
            along=along,
            grown=grown,
            network=f"{widths[0]} × {grown}" if along == "depth" else "-".join(map(str, widths)),
            batch=batch,
            parameters=case.size - case.batch * widths[0],
            error=errors[name],
            **timed.facts(result, name),
        )
        for name in both
    ]


def curves(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The vectorised gradients along each of which there are two, so that something grows."""
    along: dict[str, list[Point]] = {}
    for point in points:
        if not point.first:
            along.setdefault(point.along, []).append(point)
    return {name: curve for name, curve in along.items() if len(curve) > 1}


def power(curve: Sequence[Point]) -> tuple[float, float]:
    """The p and c of speed ≈ c sizeᵖ, by least squares on logarithms."""
    sizes, speeds = np.log([[p.grown, p.speed] for p in curve]).T
    exponent, constant = np.polyfit(sizes, speeds, 1)
    return float(exponent), float(np.exp(constant))


def explanation(points: Sequence[Point]) -> str:
    """What is needed to read the table, with the powers that fit the curves."""
    powers = [f"{name}^{power(curve)[0]:.2f}" for name, curve in curves(points).items()]
    law = f" Fitted to each curve, the speed grows as {', '.join(powers)}." if powers else ""
    return _EXPLANATION + law
