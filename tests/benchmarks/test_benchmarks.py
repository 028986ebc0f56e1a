"""The paired timer and what the benchmark does with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import gradients, large, loop_curve, neuron_wise, process, proof, report, timer
from benchmarks.candidates import CANDIDATES
from benchmarks.gradients import DTYPES, SIZES, SUBJECTS, Protocol
from benchmarks.timer import Result, Timing
from clinometer.estimate import Estimate
from clinometer.problem import Problem
from tests.benchmarks.runs import spoilt

ROOT = Path(__file__).parents[2]
QUICK = Protocol(rounds=2, slice_seconds=0.001)
#: What is timed of every network by `neuron_wise`.
WHAT = ["one backward pass", "the function", "neuron-wise"]


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


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize(
    "measure",
    [
        partial(gradients.measure, "small", "float32", QUICK),
        partial(gradients.measure, "small", "float64", QUICK),
        partial(loop_curve.measure, "batch", (3, 2), 4, QUICK),
    ],
)
def test_what_is_wrong_is_not_timed(
    monkeypatch: pytest.MonkeyPatch, measure: Any, name: str
) -> None:
    """One part in a thousand in one array is enough to be refused."""
    measure()
    monkeypatch.setitem(CANDIDATES, name, spoilt(CANDIDATES[name], 1.001))
    with pytest.raises(proof.Wrong, match=f"the gradient of {name} on .* is off by"):
        measure()


def test_the_benchmark_prints_and_writes_a_row_for_each_gradient(tmp_path: Path) -> None:
    """On one thread, as the first line of the file tells."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "--size", "small"]
    command += ["--results", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(s) for s in (tmp_path / "gradients.jsonl").read_text("utf-8").splitlines()]
    surroundings, rows = lines[0], lines[1:]
    assert surroundings["threads"] == 1
    assert surroundings["blas"]
    assert {(tuple(r["widths"]), r["dtype"], r["candidate"]) for r in rows} == {
        (SIZES["small"], dtype, candidate) for dtype in DTYPES for candidate in SUBJECTS
    }
    assert all(row["ratio"] == 1 for row in rows if row["candidate"] == "vectorised")
    table = (tmp_path / "gradients.md").read_text("utf-8")
    for text in (done.stdout, table):
        assert sum("4-16-3" in line and "looped" in line for line in text.splitlines()) == 2


def test_a_process_to_measure_in_is_new_and_has_one_thread_and_no_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it is told before it loads anything."""
    for name in {**process.ONE_THREAD, **process.NO_CACHE}:
        monkeypatch.setenv(name, "")  # so that they are taken back
    caches = ("JAX_COMPILATION_CACHE_DIR", "NUMBA_CACHE_DIR")
    for name in caches:
        monkeypatch.setenv(name, "that of earlier runs")
    with process.fresh() as executor:
        jobs = [executor.submit(os.getenv, name) for name in os.environ if name.endswith("THREADS")]
        cached = executor.submit(os.getenv, "TORCHINDUCTOR_FORCE_DISABLE_CACHES").result()
        jax, first = (executor.submit(os.getenv, name).result() for name in caches)
        second = executor.submit(os.getenv, caches[1]).result()
        pids = {executor.submit(os.getpid).result() for _ in range(2)}
        assert {job.result() for job in jobs} == {"1"}
    assert cached == "1"
    assert jax is None
    assert len({first, second, "that of earlier runs"}) == 3
    assert not Path(first).exists()
    assert len(pids) == 2


def test_what_threadpoolctl_would_tell_is_a_dash_without_it() -> None:
    """Nothing else needs it: only a checkout has the dependency group that it is in."""
    code = (
        "import sys; sys.modules['threadpoolctl'] = None  # as if it were not installed\n"
        "from benchmarks import report, side_by_side\n"
        "print(ascii(report.environment()['blas']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.stdout.strip() == ascii(report.UNKNOWN).encode(), done.stderr


def test_wrong_elements_of_a_large_gradient_are_found() -> None:
    """All those that are promised, in a small network here."""
    measured = large.measure((64, 48, 10), count=6, rounds=2)
    for row in measured.found:
        assert row.kept == row.promised <= row.exact <= row.tried == 6
    assert measured.found[0].promised == 6
    assert measured.elements == 64 * 48 + 48 + 48 * 10 + 10 + large.BATCH * 64
    text = large.markdown(measured, (64, 48, 10))
    assert "| 0.01 | 6 | 6 | 6 | 6 | " in text
    assert "| one gradient | " in text


@pytest.mark.parametrize("activation", neuron_wise.ACTIVATIONS)
def test_neuron_wise_differences_are_timed_where_their_uncertainty_holds(
    monkeypatch: pytest.MonkeyPatch, activation: str
) -> None:
    """And not where it does not."""
    monkeypatch.setitem(neuron_wise.SIZES, "tiny", ((8, 6, 3), 4))
    protocol = Protocol(rounds=2, slice_seconds=1e-4)
    lines = neuron_wise.measure("tiny", activation, protocol)
    assert [line[2] for line in lines] == [*WHAT, "proved", "central differences"]
    assert 0 < float(lines[-1][6]) < neuron_wise.LARGEST_ERROR
    assert lines[0][4] == "1"
    text = neuron_wise.markdown(lines, {}, protocol)
    assert f"| 8-6-3, batch 4 | {activation} | neuron-wise | " in text
    honest = neuron_wise.neuron_wise.estimate

    def proud(problem: Problem) -> Estimate:
        estimate = honest(problem)
        bounds = {name: bound * 1e-6 for name, bound in estimate.uncertainties.items()}
        return replace(estimate, uncertainties=bounds)

    monkeypatch.setattr(neuron_wise.neuron_wise, "estimate", proud)
    with pytest.raises(ValueError, match="as large as its uncertainty"):
        neuron_wise.measure("tiny", activation, protocol)


def test_central_differences_are_timed_where_they_are_right_and_not_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One element in which the backward pass is off by a part in ten thousand stops them."""
    monkeypatch.setitem(neuron_wise.SIZES, "tiny", ((8, 6, 3), 4))
    problem = neuron_wise.problem_of("tiny", "tanh")
    before = {name: array.copy() for name, array in problem.arguments.items()}
    assert neuron_wise.central_error(problem) < neuron_wise.LARGEST_ERROR
    assert all(np.array_equal(before[name], problem.arguments[name]) for name in before)

    right = problem.gradients["vectorised"]

    def wrong(arguments):
        value, gradients = right(arguments)
        bias = gradients["1.bias"].copy()
        bias[np.abs(bias).argmax()] *= 1.0001
        return value, {**gradients, "1.bias": bias}

    with pytest.raises(ValueError, match="central differences are off by 1"):
        neuron_wise.central_error(replace(problem, gradients={"vectorised": wrong}))
    monkeypatch.setattr(neuron_wise, "MOST", problem.size - 1)
    lines = neuron_wise.measure("tiny", "tanh", Protocol(rounds=2, slice_seconds=1e-4))
    assert [line[2] for line in lines] == WHAT
