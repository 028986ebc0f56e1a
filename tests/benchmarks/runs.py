"""A run of the whole suite whose numbers are made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks import campaign, differences, large, skeleton
from benchmarks.campaign import Rate
from benchmarks.candidates import CANDIDATES, Candidate, Gradient
from benchmarks.differences import Difference
from benchmarks.gradients import DTYPES, SUBJECTS, Protocol
from benchmarks.large import Found
from benchmarks.loops import Point
from benchmarks.record import Run
from benchmarks.suite import Row, Skipped
from benchmarks.workloads import WORKLOADS
from clinometer import Case

QUICK = Protocol(rounds=2, slice_seconds=1e-4)
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
    """Gradients: the vectorised one as many times as fast as the baseline; a loop on tiny alone."""
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


def whole(speed: float = 2.0, **surroundings: object) -> Run:
    """The same with all other parts."""
    alone = run(speed, **surroundings)
    return replace(alone, lines=[*alone.lines, *points(), *slopes(), *found(), *rates()])


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
        **timed(name, BASELINE, factor, baseline),
        of_skeleton=ALONE / factor if operations else None,
        of_peak=rate / PEAK if operations else None,
        balance=BALANCE,
        first_call_seconds=0.1,
        error=1e-15,
        memory_bytes=int(share * case.size * 4),
        allocated_bytes=int(share * case.size * 2),
        allocations=10,
    )


def timed(name: str, baseline: str, factor: float, seconds: float = 1e-4) -> dict[str, Any]:
    """The times of what takes that many times as long as its baseline."""
    return {
        "candidate": name,
        "baseline": baseline,
        "seconds": factor * seconds,
        "least_seconds": 0.9 * factor * seconds,
        "wall_seconds": 1.1 * factor * seconds,
        "least_wall_seconds": factor * seconds,
        "speed": 1 / factor,
        "low": 0.97 / factor,
        "high": 1.03 / factor,
        "floor": 1.04,
        "tie": factor == 1,
    }


def points(**along: list[tuple[int, float]]) -> list[Point]:
    """Curves of sizes and speeds; unless given, these grow as the square root of the size."""
    sizes = {"batch": (1, 4, 16, 64, 256), "width": (4, 8, 16), "depth": (1, 2, 4)}
    curves = along or {name: [(n, 10 * n**0.5) for n in some] for name, some in sizes.items()}
    return [
        Point(
            workload=f"{name} {grown}",
            dtype="float64",
            along=name,
            grown=grown,
            network="4-4-2",
            batch=16,
            parameters=30,
            error=1e-16,
            **timed(gradient, SUBJECTS[1], factor),
        )
        for name, curve in curves.items()
        for grown, speed in curve
        for gradient, factor in zip(reversed(SUBJECTS), (1.0, 1 / speed), strict=True)
    ]


#: What takes how many times as long as a backward pass.
SLOPES = {
    differences.BACKWARD: 1.0,
    differences.FUNCTION: 0.4,
    differences.NEURON_WISE: 200.0,
    differences.PROVED: 30.0,
    differences.CENTRAL: 800.0,
}


def slopes() -> list[Difference]:
    """Of two networks with two activations; the larger one has no central differences."""
    return [
        Difference(
            workload=f"{size} elements, {activation}",
            dtype="float64",
            activation=activation,
            size=size,
            evaluations=2 * size,
            error=1e-9 if name == differences.CENTRAL else None,
            **timed(name, differences.BACKWARD, factor),
        )
        for size in (100, 10_000)
        for activation in differences.ACTIVATIONS
        for name, factor in SLOPES.items()
        if (size, name) != (10_000, differences.CENTRAL)
    ]


def found() -> list[Found]:
    """All that had to be found."""
    numbers = {"tried": 30, "exact": 29, "promised": 28, "kept": 28, "fewest": 70, "most": 90}
    return [
        Found(workload="a network", relative=relative, **numbers)
        for relative in large.RELATIVE_ERRORS
    ]


def rates() -> list[Rate]:
    """The baseline, one oracle that is twice as fast, and all."""
    speeds = {campaign.BASELINE: 1.0, "complex_step": 0.5, campaign.ALL: 3.0}
    return [
        Rate(
            workload=campaign.WORKLOAD,
            dtype="all",
            cases=4,
            judged=3,
            evaluations=7.5,
            case_seconds=tuple(0.1 * factor * part for part in (0.5, 2.0, 0.7, 0.8)),
            **timed(name, campaign.BASELINE, factor, 0.1),
        )
        for name, factor in speeds.items()
    ]


def spoilt(candidate: Candidate, factor: float) -> Candidate:
    """The same, but for a factor of the first layer's bias gradient."""

    def build(case: Case) -> Gradient:
        right = candidate.build(case)

        def wrong() -> Any:
            loss, arrays = right()
            return loss, {**arrays, "1.bias": arrays["1.bias"] * factor}

        return wrong

    return replace(candidate, build=build)
