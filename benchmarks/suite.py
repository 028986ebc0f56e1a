"""One workload by all candidates, side by side: their times and their errors."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import proof, skeleton
from benchmarks.candidates import CANDIDATES, Candidate, Gradient
from benchmarks.gradients import Protocol
from benchmarks.timer import Result, compare
from benchmarks.workloads import Workload
from clinometer import Case

BASELINES = ("torch eager", "vectorised")
SKELETON, PEAK = "matrix products alone", "one large matrix product"
COPY = "one large copy"


@dataclass(frozen=True)
class Row:
    """One candidate on one workload.

    Times are in seconds; `speed` is how many times as fast as the baseline, with its interval.
    Of what the workload does not have there is None, as of a fraction of the skeleton without
    matrix products; and of its memory until that is measured, in a process of its own.
    """

    workload: str
    dtype: str
    size: int
    operations: int
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
    of_skeleton: float | None
    of_peak: float | None
    balance: float
    first_call_seconds: float
    error: float
    memory_bytes: int | None = None
    allocated_bytes: int | None = None
    allocations: int | None = None

    @property
    def intensity(self) -> float:
        """Operations for each byte that must be moved: each number in, and its gradient out."""
        return self.operations / (2 * self.size * np.dtype(self.dtype).itemsize)


@dataclass(frozen=True)
class Skipped:
    """A candidate that has no row on a workload, and why."""

    workload: str
    dtype: str
    candidate: str
    reason: str


class NotAvailable(RuntimeError):
    """A candidate that does not take the case, or does not work on this machine."""


def measure(
    workload: Workload, dtype: str, protocol: Protocol, names: tuple[str, ...]
) -> tuple[list[Row], list[Skipped]]:
    """A row for each candidate that fits, and why the others do not.

    Raises proof.Wrong for a gradient that is not right.
    """
    case = workload.case(dtype)
    ready, facts, reasons = {}, {}, {}
    for name in names:
        try:
            ready[name], facts[name] = _prepare(workload, case, name)
        except NotAvailable as reason:
            reasons[name] = str(reason)
    skipped = [Skipped(workload.name, dtype, name, why) for name, why in reasons.items()]
    if not ready:
        return [], skipped
    baseline = next(name for name in (*BASELINES, *ready) if name in ready)
    extra = {PEAK: skeleton.peak(dtype), COPY: skeleton.copy()}
    if skeleton.products(case):
        extra[SKELETON] = skeleton.skeleton(case)
    entrants = {baseline: ready[baseline], **ready, **extra}
    result = compare(entrants, protocol.rounds, protocol.slice_seconds)
    rows = [_row(workload, case, name, baseline, result, facts[name]) for name in ready]
    return rows, skipped


def _prepare(workload: Workload, case: Case, name: str) -> tuple[Gradient, Mapping[str, Any]]:
    """The candidate, with the time of its first call and its error."""
    candidate = CANDIDATES[name]
    if why := candidate.obstacle(case):
        raise NotAvailable(why)
    gradient = candidate.build(case)
    first = _first_call(candidate, gradient)
    try:
        error = proof.error(workload, case.dtype, name, gradient)
    except proof.Unproven as reason:
        raise NotAvailable(str(reason)) from reason
    return gradient, {"first_call_seconds": first, "error": error}


def _first_call(candidate: Candidate, gradient: Gradient) -> float:
    """The seconds that it takes on the wall, where it works."""
    start = time.perf_counter()
    try:
        gradient()
    except Exception as failure:
        if not candidate.compiles:
            raise
        kind, lines = type(failure).__name__, str(failure).splitlines()
        raise NotAvailable(f"it does not work here: {': '.join([kind, *lines[:1]])}") from failure
    return time.perf_counter() - start


def _row(
    workload: Workload,
    case: Case,
    name: str,
    baseline: str,
    result: Result,
    facts: Mapping[str, Any],
) -> Row:
    timing, alone = result.timings[name], result.timings.get(SKELETON)
    peak = 2 * skeleton.PEAK**3 / result.timings[PEAK].seconds
    bandwidth = 2 * skeleton.COPIED / result.timings[COPY].seconds
    operations = skeleton.operations(case)
    return Row(
        workload=workload.name,
        dtype=case.dtype,
        size=case.size,
        operations=operations,
        candidate=name,
        baseline=baseline,
        seconds=timing.seconds,
        least_seconds=timing.least,
        wall_seconds=timing.wall,
        least_wall_seconds=timing.least_wall,
        speed=1 / timing.ratio,
        low=1 / timing.high,
        high=1 / timing.low,
        floor=result.floor,
        tie=result.tied(name),
        of_skeleton=alone.ratio / timing.ratio if alone else None,
        of_peak=operations / timing.seconds / peak if operations else None,
        balance=peak / bandwidth,
        **facts,
    )


def run(
    workload: Workload, dtype: str, protocol: Protocol, names: tuple[str, ...]
) -> tuple[list[Row], list[Skipped]]:
    """The same in a process of its own, where what the libraries warn of is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure(workload, dtype, protocol, names)
