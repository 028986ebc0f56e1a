"""The paired timer."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import timer
from benchmarks.timer import Result, Timing


class Clock:
    """A processor whose time is what the candidates say they take."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(timer.time, "process_time", lambda: self.now)
        monkeypatch.setattr(timer.time, "sleep", lambda seconds: None)

    def work(self, seconds: float) -> None:
        self.now += seconds


def test_the_ratio_is_that_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of calls that fill a slice."""
    clock = Clock(monkeypatch)
    result = timer.compare(
        {"once": lambda: clock.work(0.001), "ten times": lambda: clock.work(0.01)},
        rounds=7,
        slice_seconds=0.02,
    )
    assert list(result.timings) == ["once", "ten times"]
    once = result.timings["once"]
    assert (once.seconds, once.least) == (pytest.approx(0.001), pytest.approx(0.001))
    assert (once.ratio, once.low, once.high) == (1, 1, 1)
    assert 0 < once.least_wall <= once.wall
    assert result.timings["ten times"].ratio == pytest.approx(10)
    assert result.floor == pytest.approx(1)


def test_the_order_is_another_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after what moves a time; a fixed order would move it alike in all runs."""
    clock, orders = Clock(monkeypatch), []
    for _ in range(2):
        turns: list[str] = []

        def candidate(name: str, turns: list[str] = turns):
            return lambda: (turns.append(name), clock.work(1))

        timer.compare({name: candidate(name) for name in "abcd"}, rounds=20, slice_seconds=1)
        orders.append(turns)
    assert orders[0] != orders[1]


def test_a_slow_spell_cancels_in_the_ratios_and_not_in_the_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every other round takes three times as long for all candidates."""
    clock, turns = Clock(monkeypatch), iter(range(10_000))
    monkeypatch.setattr(timer, "_calls", lambda candidate, slice_seconds: 1)

    def work(seconds: float) -> None:  # two calls a turn, three turns a round
        clock.work(seconds * (1 + 2 * (next(turns) // 6 % 2)))

    result = timer.compare(
        {"one": lambda: work(1), "two": lambda: work(2)}, rounds=12, slice_seconds=1
    )
    two = result.timings["two"]
    assert (two.ratio, two.low, two.high, result.floor) == (2, 2, 2, 1)
    assert two.seconds == 4  # the median of 2 and 6


def test_the_floor_is_how_far_the_baseline_strays_from_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here by up to a half."""
    clock, random = Clock(monkeypatch), np.random.default_rng(0)
    result = timer.compare(
        {"one": lambda: clock.work(random.uniform(1, 1.5))}, rounds=9, slice_seconds=1
    )
    assert 1.01 < result.floor < 1.5


def test_what_lies_within_the_noise_floor_is_a_tie() -> None:
    """On both sides of 1."""
    ratios = {"faster": 0.96, "slower": 1.04, "much slower": 1.06, "much faster": 0.94}
    result = Result({name: Timing(1.0, r, r, r) for name, r in ratios.items()}, floor=1.05)
    assert [result.tied(name) for name in ratios] == [True, True, False, False]
