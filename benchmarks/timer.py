"""A paired timer: candidates side by side in every round, in random order, and their ratios.

What slows the machine down for a while slows all candidates of a round alike, and so cancels
in the ratios of that round. A twin of the baseline runs beside it: how far its ratio strays
from 1 is the noise floor, below which no difference means anything.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PAUSE = 0.004  # seconds: threads of the one before have come to rest
RESAMPLES = 2000
TWIN = "the baseline's twin"


@dataclass(frozen=True)
class Timing:
    """One candidate: the median seconds of processor time a call, and its ratio to the baseline's.

    low, high: the 95 % bootstrap interval of the median ratio. least: the fewest seconds of
    processor time a call; wall, least_wall: the median and the fewest by the clock on the wall.
    """

    seconds: float
    ratio: float
    low: float
    high: float
    least: float = 0.0
    wall: float = 0.0
    least_wall: float = 0.0


@dataclass(frozen=True)
class Result:
    """The timings by candidate, and the noise floor as a ratio of at least 1."""

    timings: Mapping[str, Timing]
    floor: float

    def tied(self, name: str) -> bool:
        """True where the ratio cannot be told from 1."""
        return 1 / self.floor <= self.timings[name].ratio <= self.floor


def compare(
    candidates: Mapping[str, Callable[[], object]],
    rounds: int,
    slice_seconds: float,
    seed: int | None = None,
) -> Result:
    """Time the candidates, the first of which is the baseline of all ratios.

    rounds: how often each candidate has its turn; slice_seconds: how long a turn takes at
    least, one call apart that warms up. The order is another in every run unless a seed is given.
    """
    baseline = next(iter(candidates))
    entrants = {**candidates, TWIN: candidates[baseline]}
    calls = {name: _calls(candidate, slice_seconds) for name, candidate in entrants.items()}
    random = np.random.default_rng(seed)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in entrants}
    for _ in range(rounds):
        for name in random.permutation(list(entrants)):
            time.sleep(PAUSE)
            entrants[name]()
            seconds[name].append(_seconds_per_call(entrants[name], calls[name]))
    return summary(seconds, random)


def summary(
    seconds: Mapping[str, Sequence[tuple[float, float]]], random: np.random.Generator
) -> Result:
    """From the seconds of each round, of the processor and on the wall: the baseline's first.

    The baseline's twin is among them, and not in the result.
    """
    baseline = np.array(next(iter(seconds.values())))
    timings = {name: _timing(np.array(times), baseline, random) for name, times in seconds.items()}
    twin = timings.pop(TWIN)
    return Result(timings, max(twin.high, 1 / twin.low))


def _calls(candidate: Callable[[], object], slice_seconds: float) -> int:
    """How many calls fill a slice of time, from one after a call that warms up."""
    candidate()
    return max(1, round(slice_seconds / max(_seconds_per_call(candidate, 1)[0], 1e-7)))


def _seconds_per_call(candidate: Callable[[], object], calls: int) -> tuple[float, float]:
    """Of the processor, and by the clock on the wall."""
    gc.disable()
    try:
        start, wall = time.process_time(), time.perf_counter()
        for _ in range(calls):
            candidate()
        return (time.process_time() - start) / calls, (time.perf_counter() - wall) / calls
    finally:
        gc.enable()


def _timing(times: np.ndarray, baseline: np.ndarray, random: np.random.Generator) -> Timing:
    seconds, wall = times.T
    ratios = seconds / baseline[:, 0]
    resamples = random.choice(ratios, size=(RESAMPLES, len(ratios)))
    low, high = np.quantile(np.median(resamples, axis=1), [0.025, 0.975])
    return Timing(
        float(np.median(seconds)),
        float(np.median(ratios)),
        float(low),
        float(high),
        float(seconds.min()),
        float(np.median(wall)),
        float(wall.min()),
    )
