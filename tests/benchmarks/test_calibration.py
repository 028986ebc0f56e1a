"""The calibration: its networks are right, its seeded errors are wrong, and it counts them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flint import ctx

from benchmarks.calibration import measurement, peers
from benchmarks.calibration.counts import Counts
from benchmarks.calibration.families import CELLS, FAMILIES, REGIMES, Drawn, drawn
from benchmarks.calibration.numbers import DIGITS, erf, erf_slope, on_grid
from benchmarks.calibration.plan import Journal, Plan
from benchmarks.calibration.seeding import SIZES, seeds
from benchmarks.calibration.targets import rated, targets
from benchmarks.calibration.trials import Chunk, Trial
from clinometer.balls import BallArray, midpoints
from clinometer.estimate import ANY_SIZE, Estimate, Oracle
from clinometer.examination import Examination
from clinometer.formula import WIDE, rerun
from clinometer.oracles import ball_arithmetic, complex_step, finite_difference
from clinometer.oracles.complex_step import ComplexStepArray
from clinometer.problem import Problem
from clinometer.rounding import function_noise, rounding_bound, unit_roundoff
from clinometer.verdict import judge

ROOT = Path(__file__).parents[2]
BALLS: dict[str, Oracle] = {"ball_arithmetic": ball_arithmetic}


def trial(network: Drawn) -> Trial:
    return Trial(str(network), network.family, network.regime, network.problem(), "by hand", BALLS)


def test_there_are_fifteen_families_in_eight_regimes_and_each_has_its_turn() -> None:
    """As many numbers as there are cells draw each of them once."""
    assert (len(FAMILIES), len(REGIMES)) == (15, 8)
    cells = [(n.family, n.regime) for n in drawn("float64", range(len(CELLS)), 0)]
    assert sorted(cells) == sorted(CELLS)


@pytest.mark.parametrize("family", FAMILIES)
@np.errstate(all="ignore")
def test_right_gradients_agree_and_seeded_ones_disagree_in_every_regime(family: str) -> None:
    """On balls, on which the forward pass gives what it gives in other number types.

    One of eight may have a gradient that not even balls resolve, or none at all.
    """
    statuses = []
    for regime in REGIMES:
        network = Drawn(family, regime, "float64", 1)
        problem = network.problem()
        formula = rerun(problem, "by hand")
        bound = rounding_bound(
            function_noise(problem, "float64"), formula.gradients["value"], "float64"
        )
        for dtype in (np.float64, WIDE):
            error = problem.function(problem.cast(dtype)) - formula.gradients["value"]
            assert np.abs(error) <= bound, (network, dtype)
        examination = Examination(problem, BALLS)
        statuses.append(examination.verdict("by hand").status)
        for seed in seeds(formula, np.random.default_rng(0))[1:2]:
            wrong = seed.into_gradient(problem.gradients["by hand"], 1e-2)
            tried = replace(problem, gradients={"wrong": wrong})
            arrays = judge(tried, "wrong", examination.evidence).arrays
            assert arrays[seed.array] == "disagree", network
            seeded = seed.into_formula(formula, 1e-2).gradients[seed.array]
            rerun_wrong = rerun(tried, "wrong").gradients[seed.array]
            np.testing.assert_allclose(rerun_wrong, seeded, rtol=1e-15, atol=0)
    assert "disagree" not in statuses
    assert statuses.count("agree") >= 7


@pytest.mark.parametrize("dtype", DIGITS)
def test_points_are_exact_in_their_dtype_and_the_same_every_time(dtype: str) -> None:
    """In bfloat16, where eight digits say it, and in float32's for the wider ones."""
    for network in drawn(dtype, range(8), 5):
        first, second = network.problem().arguments, network.problem().arguments
        for name, array in first.items():
            np.testing.assert_array_equal(array, second[name])
            np.testing.assert_array_equal(array, array.astype(np.float32))
            np.testing.assert_array_equal(array, on_grid(array, dtype))
            if dtype == "float16":
                np.testing.assert_array_equal(array, array.astype(np.float16))


def test_the_error_function_is_the_same_in_every_number_type() -> None:
    """And its slope is that of the complex step."""
    x = np.array([-3.0, -0.5, 0.0, 1e-3, 0.75, 9.0])
    for dtype in map(np.dtype, ("bfloat16", "float16", "float32", "float64", WIDE)):
        point = x.astype(dtype)
        with ctx.workprec(128):
            balls = midpoints(erf(BallArray.carry(point.astype(WIDE))))
        values = erf(point)
        assert values.dtype == dtype
        error = np.abs(values.astype(WIDE) - balls)
        assert np.all(error <= 2 * 2 * unit_roundoff(dtype) * np.abs(balls)), dtype
    step = 2.0**-80
    moved = erf(ComplexStepArray.carry(x + 1j * step))
    np.testing.assert_allclose(np.imag(moved) / step, erf_slope(x), rtol=1e-15)


def counted(numbers: range, *, spoil: bool = False, oracles: dict[str, Oracle]) -> Counts:
    counts = Counts()
    for network in drawn("float64", numbers, 0):
        problem = network.problem()
        if spoil:
            [seed, *_] = seeds(rerun(problem, "by hand"), np.random.default_rng(0))
            wrong = seed.into_gradient(problem.gradients["by hand"], 1e-3)
            problem = Problem(problem.function, {"by hand": wrong}, problem.arguments)
        one = Trial(str(network), network.family, network.regime, problem, "by hand", oracles)
        measurement.examine(one, counts)
    return counts


def test_a_gradient_that_is_wrong_is_counted_as_a_false_alarm_and_beyond_the_uncertainty() -> None:
    """The calibration itself can fail: it takes every gradient that it is given for right."""
    oracles: dict[str, Oracle] = {**BALLS, "complex_step": complex_step}
    right, wrong = (
        counted(range(2), oracles=oracles),
        counted(range(2), spoil=True, oracles=oracles),
    )
    assert {t.met for t in targets(right)} == {True}
    assert not right.events
    assert right.of("cases", "float64", None, None, "agree") == 2
    assert wrong.of("cases", "float64", None, None, "disagree") == 2
    assert {e["event"] for e in wrong.events} == {"false alarm", "beyond the uncertainty"}
    for oracle in oracles:
        assert right.of("elements", "float64", oracle, "within") > 0
        assert wrong.of("elements", "float64", oracle, "beyond") > 0
    unmet = [target.what for target in targets(wrong) if not target.met]
    assert "float64, false alarms" in unmet
    assert "complex_step, errors beyond its uncertainty" in unmet


def test_detection_falls_with_the_size_of_the_error() -> None:
    """Every witness sees a tenth; differences see nothing of 1e-14, and balls still see 1e-12."""
    counts = counted(range(1), oracles={**BALLS, "finite_difference": finite_difference})

    def seen(witness: str, size: float) -> int:
        return counts.of("seeded", "float64", witness, "B", size, "found")

    assert [seen("finite_difference", size) for size in (0.1, 1e-14)] == [1, 0]
    assert [seen("ball_arithmetic", size) for size in (0.1, 1e-12)] == [1, 1]
    assert seen(measurement.TOGETHER, 1e-12) == 1


class Unsure:
    """An oracle that has the right gradient and vouches for none of it: always inconclusive."""

    REQUIRES, STRIDE, SIZES, NATURE = "numpy", 1, ANY_SIZE, "analytic"

    def estimate(self, problem: Problem) -> Estimate:
        _, gradients = next(iter(problem.gradients.values()))(problem.arguments)
        bounds = {name: 10 * np.max(np.abs(array)) + 0 * array for name, array in gradients.items()}
        return Estimate("unsure", gradients, bounds, evaluations=0)


def test_what_is_inconclusive_has_not_been_seen() -> None:
    """Only a disagreement detects."""
    counts = counted(range(1), oracles={**BALLS, "unsure": Unsure()})
    assert counts.of("arrays", "float64", "unsure", "inconclusive") > 0
    assert counts.of("seeded", "float64", "unsure", None, None, "found") == 0
    assert counts.of("seeded", "float64", "unsure", None, None, "missed") == 3 * len(SIZES)


def test_a_crash_is_counted_and_the_next_case_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its traceback."""

    def crash(one: Trial, counts: Counts) -> None:
        if one.regime == "tiny":
            raise ZeroDivisionError("in this case")
        counts.add("cases", "float64", one.family, one.regime, "agree")

    monkeypatch.setattr(measurement, "examine", crash)
    counts = measurement.measure(Chunk("families", "float64", 0, 4, 0))
    assert counts.of("crashes", None, None) == 1
    assert counts.of("cases", None, None, None, "agree") == 3
    [event] = counts.events
    assert event["case"].startswith("mlp_tanh/tiny/")
    assert "ZeroDivisionError: in this case" in event["detail"]
    assert [t.met for t in targets(counts) if t.what == "cases that crashed"] == [False]


def test_a_peer_that_fails_a_right_gradient_has_raised_a_false_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Right and seeded gradients are counted for each peer and for ours."""
    only = "CS231n relative error below 1e-2"
    monkeypatch.setattr(peers, "PEERS", {only: peers.PEERS[only]})
    counts = Counts()
    with np.errstate(all="ignore"):
        peers.examine(trial(Drawn("mlp_tanh", "standard", "float64", 0)), counts)
    for name in (only, peers.OURS):
        assert counts.of("peers", "float64", name, "right", 0.0, "passed") == 1
        assert counts.of("peers", "float64", name, "T", 0.1, "failed") == 1
    assert counts.of("peers", "float64", only, "T", 1e-6, "passed") == 1
    assert counts.of("peers", "float64", peers.OURS, "T", 1e-6, "failed") == 1


def marked_peers() -> Iterator[object]:
    for name in peers.PEERS:
        requires = peers.PEERS[name].requires
        marks = [getattr(pytest.mark, m) for m in ("torch", "jax") if m == requires]
        yield pytest.param(name, marks=marks, id=name)


@pytest.mark.parametrize("name", list(marked_peers()))
def test_every_peer_passes_a_right_gradient_and_fails_one_that_is_far_too_large(
    name: str,
) -> None:
    """An easy network and a gross error, as chex passes one twice too large: the calls arrive."""
    peer = peers.PEERS[name]
    if peer.missing:
        pytest.skip(f"{peer.requires} is not installed")
    problem = Drawn("mlp_tanh", "standard", "float64", 0).problem()
    right = problem.gradients["by hand"]

    def far_too_large(arguments):
        value, gradients = right(arguments)
        return value, {name: 1000 * array for name, array in gradients.items()}

    assert peer.passes(problem, right)
    assert not peer.passes(problem, far_too_large)


def test_no_events_are_bounded_by_the_rule_of_three() -> None:
    """And some are a rate."""
    assert rated(0, 30_000) == "0 of 30,000 (95 %: < 0.0001)"
    assert rated(3, 1_000) == "3 of 1,000 (0.30%)"


def test_the_journal_gives_back_what_is_done_of_the_same_plan_only(tmp_path: Path) -> None:
    """And leaves out a line that was cut short."""
    path, plan = tmp_path / "journal", Plan(cases=100, seed=0)
    chunk, counts = plan.chunks()[0], Counts()
    counts.add("cases", "float64")
    counts.note("false alarm", "a case", "a detail")
    journal = Journal(path, plan, {})
    assert journal.read() == {}
    journal.add(chunk, counts)
    with path.open("a") as file:
        file.write('[{"kind": "fam')
    assert Journal(path, plan, {}).read() == {chunk: counts}
    assert Journal(path, Plan(cases=100, seed=1), {}).read() == {}


def test_a_quick_run_writes_both_files_and_says_the_same_again(tmp_path: Path) -> None:
    """The second time from the journal."""
    command = [sys.executable, "-m", "benchmarks.calibration", "--cases", "3"]
    command += ["--dtype", "float32", "--processes", "1", "--results", str(tmp_path)]
    tables = []
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert "float32, false alarms" in done.stdout
        tables.append((tmp_path / "calibration.md").read_text("utf-8"))
    assert tables[0] == tables[1]
    assert "| float32, false alarms | 0 | 0 of 1 (95 %: < 3) | met |" in tables[0]
    lines = [
        json.loads(s) for s in (tmp_path / "calibration.jsonl").read_text("utf-8").splitlines()
    ]
    assert (lines[0]["seed"], lines[0]["cases"], lines[0]["schema_version"]) == (0, 3, 1)
    assert {"count": "cases|float32|mlp_tanh|standard|agree", "number": 1} in lines
