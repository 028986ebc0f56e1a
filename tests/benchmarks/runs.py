"""A run of the whole suite whose numbers are made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks import skeleton
from benchmarks.candidates import CANDIDATES, Candidate, Gradient
from benchmarks.gradients import DTYPES, Protocol
from benchmarks.loop_curve import CURVES, Curve, Point
from benchmarks.record import Run
from benchmarks.suite import Row, Skipped
from benchmarks.workloads import WORKLOADS
from clinometer import Case

SURROUNDINGS = {
    "measured": "2026-02-01T12:00:00+00:00", "cpu": "a processor", "cores": 2, "load": 1.0,
    "load_at_end": 1.5, "python": "3", "numpy": "2", "clinometer": "1", "blas": "a library",
    "threads": 1, "torch": "2",
    "commit": "0123456789abcdef", "date": "2026-01-31T12:00:00+00:00", "changed": False,
}  # fmt: skip
BASELINE = "torch eager"
PEAK = 2e11  # operations a second of one large product
BALANCE = 10.0  # and for each byte that memory moves meanwhile
ALONE = 0.8  # the time of the products alone, as a part of the baseline's
#: How many times as long as the baseline each candidate takes, and how much memory.
FACTORS = {
    name: (0.5 + number, 1 + number / 4)
    for number, name in enumerate(CANDIDATES)
    if name != "torch.compile"
} | {BASELINE: (1.0, 1.0)}


def run(speed: float = 2.0, **surroundings: object) -> Run:
    """The vectorised gradient as many times as fast as the baseline; a loop on tiny alone."""
    rows = [
        row(workload, dtype, name, factor if name != "vectorised" else 1 / speed, share)
        for workload in WORKLOADS
        for dtype in DTYPES
        for name, (factor, share) in FACTORS.items()
        if name != "looped" or workload == "tiny"
    ]
    why = "it does not work here: no compiler"
    failed = [Skipped("tiny", dtype, "torch.compile", why) for dtype in DTYPES]
    return Run(SURROUNDINGS | surroundings, Protocol(5), rows, failed)


def least(operations: int) -> float:
    """Seconds of the baseline: of its calls, and of its products."""
    return 1e-4 + operations / 1e11


def row(workload: str, dtype: str, name: str, factor: float, share: float) -> Row:
    """One candidate, that many times as slow as the baseline."""
    case = WORKLOADS[workload].case(dtype)
    operations = skeleton.operations(case)
    baseline = least(operations)
    rate = operations / (factor * baseline)
    return Row(
        workload=workload,
        dtype=dtype,
        size=case.size,
        operations=operations,
        candidate=name,
        baseline=BASELINE,
        seconds=factor * baseline,
        least_seconds=0.9 * factor * baseline,
        wall_seconds=1.1 * factor * baseline,
        least_wall_seconds=factor * baseline,
        speed=1 / factor,
        low=0.97 / factor,
        high=1.03 / factor,
        floor=1.04,
        tie=factor == 1,
        of_skeleton=ALONE / factor if operations else None,
        of_peak=rate / PEAK if operations else None,
        balance=BALANCE,
        first_call_seconds=0.1,
        error=1e-15,
        memory_bytes=int(share * case.size * 4),
        allocated_bytes=int(share * case.size * 2),
        allocations=10,
    )


def points() -> list[Point]:
    """A loop curve that grows as the square root of the size."""
    empty = [
        Point(along, widths, batch, 0, 1e-4, 1.0, 0.0, 0.0, 0.0)
        for along, curve in CURVES.items()
        for widths, batch in curve
    ]
    return [Point(p.along, p.widths, p.batch, 1, 1e-4, 1e-4, 10 * p.size**0.5, 1, 9) for p in empty]


def curve(**surroundings: object) -> Curve:
    """Those points, measured where the run was unless it is said otherwise."""
    return Curve(SURROUNDINGS | surroundings, points())


def spoilt(candidate: Candidate, factor: float) -> Candidate:
    """The same, but for a factor of the first layer's bias gradient."""

    def build(case: Case) -> Gradient:
        right = candidate.build(case)

        def wrong() -> Any:
            loss, arrays = right()
            return loss, {**arrays, "1.bias": arrays["1.bias"] * factor}

        return wrong

    return replace(candidate, build=build)
