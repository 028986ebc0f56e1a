"""The workloads: one gradient of a network, vectorised and looped, for three sizes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import proof
from benchmarks.candidates import CANDIDATES
from benchmarks.timer import compare
from benchmarks.workloads import multilayer

DTYPES = ("float64", "float32")
BATCH = 32

#: Widths from the input to the output; relu between dense layers, softmax cross-entropy last.
SIZES = {
    "small": (4, 16, 3),
    "medium": (16, 64, 64, 10),
    "large": (64, 256, 256, 10),
}


#: Both are on every network, and the first is what the others are compared with.
SUBJECTS = ("vectorised", "looped")


@dataclass(frozen=True)
class Protocol:
    """How long to time."""

    rounds: int = 11
    slice_seconds: float = 0.035


#: Few and short rounds: a trial, not a measurement.
QUICK = Protocol(rounds=3, slice_seconds=0.002)


@dataclass(frozen=True)
class Row:
    """One candidate on one workload.

    seconds: processor time of one gradient. ratio, low, high: to the vectorised one, with the
    95 % interval. floor: the noise floor of that comparison. bytes: the peak of memory that
    one gradient takes.
    """

    size: str
    widths: tuple[int, ...]
    parameters: int
    dtype: str
    candidate: str
    seconds: float
    ratio: float
    low: float
    high: float
    floor: float
    tie: bool
    bytes: int


def measure(size: str, dtype: str, protocol: Protocol) -> list[Row]:
    """A row for each candidate. Raises proof.Wrong for a gradient that is not right."""
    workload = multilayer(size, SIZES[size], BATCH)
    case = workload.case(dtype)
    candidates = {name: CANDIDATES[name].build(case) for name in SUBJECTS}
    for name, gradient in candidates.items():
        proof.error(workload, dtype, name, gradient)
    result = compare(candidates, protocol.rounds, protocol.slice_seconds)
    return [
        Row(
            size=size,
            widths=SIZES[size],
            parameters=case.size - case.batch * SIZES[size][0],
            dtype=dtype,
            candidate=name,
            seconds=timing.seconds,
            ratio=timing.ratio,
            low=timing.low,
            high=timing.high,
            floor=result.floor,
            tie=result.tied(name),
            bytes=_peak_bytes(candidates[name]),
        )
        for name, timing in result.timings.items()
    ]


def _peak_bytes(candidate: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        candidate()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
