"""The rate of the campaign: who has judged, what the times come to, and what is not timed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks import campaign, process
from benchmarks.campaign import Judged
from benchmarks.gradients import Protocol
from benchmarks.timer import TWIN
from clinometer import registry
from clinometer.campaign.drawing import Draw
from handgrad.kernels import kernel

CASES = list(enumerate(Draw(40, 0).cases[:40]))


def test_every_case_is_timed_and_counted_where_the_oracle_spoke() -> None:
    """The complex step on all; differences by the neuron refuse networks as small as these."""
    judged = campaign.judge("complex_step", CASES[:3])
    assert [case.spoken for case in judged] == [True] * 3
    assert all(case.seconds > 0 and case.wall > 0 for case in judged)
    oracle = registry.oracles()["complex_step"]
    problem = registry.choose_subjects()["vectorised"].problem(CASES[0][1])
    assert judged[0].evaluations == oracle.estimate(problem).evaluations > 0
    by_neurons = campaign.judge("neuron_wise", CASES[:3])
    assert [(case.spoken, case.evaluations) for case in by_neurons] == [(False, 0)] * 3


def test_what_disagrees_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bias without its sum over the samples."""
    dense = kernel("looped", "dense")
    right = dense.backward
    monkeypatch.setattr(dense, "backward", lambda dy, c: (*right(dy, c)[:2], dy[0]))
    with pytest.raises(campaign.Disagreed, match="complex_step disagrees in"):
        campaign.judge("complex_step", CASES)


def rounds(*seconds: tuple[float, ...]) -> list[list[Judged]]:
    return [[Judged(s, 2 * s, s < 1, 4) for s in several] for several in seconds]


def test_a_speed_is_that_within_a_round_and_the_floor_that_of_the_twin() -> None:
    """The networks of another round are others, and may take ten times as long."""
    slow = rounds((0.1, 0.3), (2.0, 2.0), (0.2, 0.2))
    first, half = campaign.rates(
        {
            "slow": slow,
            "fast": rounds((0.05, 0.15), (1.0, 1.0), (0.1, 0.1)),
            TWIN: rounds((0.11, 0.33), (2.2, 2.2), (0.22, 0.22)),
        },
        np.random.default_rng(0),
    )
    assert (first.candidate, half.candidate) == ("slow", "fast")
    assert (first.speed, first.seconds) == (1, pytest.approx(0.2))
    assert (half.speed, half.low, half.high) == pytest.approx((2, 2, 2))
    assert half.wall_seconds == pytest.approx(0.2)
    assert (half.least_seconds, half.seconds) == pytest.approx((0.1, 0.1))
    assert half.floor == pytest.approx(1.1)
    assert not half.tie
    assert (half.cases, half.judged, half.evaluations) == (6, 4, 4)
    assert half.case_seconds == (0.05, 0.15, 1.0, 1.0, 0.1, 0.1)


def test_what_is_as_fast_as_the_twin_is_a_tie() -> None:
    """In the table too."""
    one, other = rounds((0.2,), (0.2,)), rounds((0.21,), (0.21,))
    rates = campaign.rates({"one": one, "other": other, TWIN: other}, np.random.default_rng(0))
    assert rates[1].tie
    assert "tie" in rates[1].cells


class Noted(ThreadPoolExecutor):
    """A process that is none, and notes what it was asked."""

    all: list[Noted]

    def __init__(self) -> None:
        super().__init__(1)
        self.asked = []
        self.all.append(self)

    def submit(self, task, oracles, cases):
        self.asked.append((oracles, [number for number, _ in cases]))
        return super().submit(task, oracles, cases)


def test_every_choice_judges_the_same_cases_in_a_process_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After one that is not timed, and is none of them; the baseline in two."""
    assert campaign.choices()[0] == campaign.BASELINE
    assert {*registry.choose_oracles(), campaign.ALL} == set(campaign.choices())
    drawn = []
    monkeypatch.setattr(Noted, "all", [], raising=False)
    monkeypatch.setattr(process, "lasting", Noted)
    names = [campaign.BASELINE, "complex_step"]
    monkeypatch.setattr(campaign, "choices", lambda: names)

    def judge(oracles, cases):
        drawn.append(cases)
        return [Judged(0.1, 0.1, True, 1) for _ in cases]

    monkeypatch.setattr(campaign, "judge", judge)
    rates = campaign.measure(Protocol(rounds=3), 2)
    assert [(rate.candidate, rate.cases) for rate in rates] == [(name, 6) for name in names]
    assert [there.asked for there in Noted.all] == [
        [(name, numbers) for numbers in ([0], [0, 1], [2, 3], [4, 5])]
        for name in (*names, campaign.BASELINE)
    ]
    first = [cases[0][1] for cases in drawn[:3]]
    timed = [case for cases in drawn[3:] for _, case in cases]
    assert not any(case in timed for case in first)
    assert timed.count(timed[0]) >= 3
