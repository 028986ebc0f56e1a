"""A line of a record that holds times: one candidate on one workload, beside a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import report
from benchmarks.timer import Result


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Times are in seconds a call; `speed` is how many times as fast as the baseline."""

    workload: str
    dtype: str
    candidate: str
    baseline: str
    seconds: float
    least_seconds: float
    wall_seconds: float
    least_wall_seconds: float
    speed: float
    low: float
    high: float
    floor: float
    tie: bool

    @property
    def first(self) -> bool:
        """True of the baseline itself."""
        return self.candidate == self.baseline

    @property
    def speed_cells(self) -> list[str]:
        """How many times as fast as the baseline, the interval and the floor, for a table."""
        return self._cells(self.speed, self.low, self.high, " ×")

    @property
    def ratio_cells(self) -> list[str]:
        """How many times as long as the baseline it takes, the interval and the floor."""
        return self._cells(1 / self.speed, 1 / self.high, 1 / self.low)

    def _cells(self, number: float, low: float, high: float, unit: str = "") -> list[str]:
        return [
            "1" if self.first else "tie" if self.tie else report.digits(number) + unit,
            "" if self.first else f"{report.digits(low)}…{report.digits(high)}",
            f"{self.floor - 1:.0%}",
        ]


def facts(result: Result, name: str) -> dict[str, Any]:
    """Those of one candidate, all but the workload and the dtype; the first is the baseline."""
    timing = result.timings[name]
    return {
        "candidate": name,
        "baseline": next(iter(result.timings)),
        "seconds": timing.seconds,
        "least_seconds": timing.least,
        "wall_seconds": timing.wall,
        "least_wall_seconds": timing.least_wall,
        "speed": 1 / timing.ratio,
        "low": 1 / timing.high,
        "high": 1 / timing.low,
        "floor": result.floor,
        "tie": result.tied(name),
    }
