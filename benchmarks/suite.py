"""One workload by all candidates, side by side: their times and their errors."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import proof, skeleton, timed
from benchmarks.candidates import CANDIDATES, Candidate, Gradient
from benchmarks.gradients import Protocol
from benchmarks.timed import Timed
from benchmarks.timer import Result, compare
from benchmarks.workloads import Workload
from clinometer import Case

BASELINES = ("torch eager", "vectorised")
SKELETON, PEAK = "matrix products alone", "one large matrix product"
COPY = "one large copy"


@dataclass(frozen=True, kw_only=True)
class Row(Timed):
    """The gradient of one workload by one candidate.

    Of what the workload does not have there is None, as of a fraction of the skeleton without
    matrix products; and of its memory until that is measured, in a process of its own.
    """

    size: int
    operations: int
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
    rows = [_row(workload, case, name, result, facts[name]) for name in ready]
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
        of_skeleton=alone.ratio / timing.ratio if alone else None,
        of_peak=operations / timing.seconds / peak if operations else None,
        balance=peak / bandwidth,
        **timed.facts(result, name),
        **facts,
    )


def run(
    workload: Workload, dtype: str, protocol: Protocol, names: tuple[str, ...]
) -> tuple[list[Row], list[Skipped]]:
    """The same in a process of its own, where what the libraries warn of is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure(workload, dtype, protocol, names)
