"""What a run measures, where, and what a worker that fails comes to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import (
    campaign,
    differences,
    large,
    loops,
    plan,
    process,
    proof,
    schema,
    side_by_side,
)
from benchmarks.gradients import Protocol
from benchmarks.plan import PARTS, Plan
from tests.benchmarks import runs
from tests.benchmarks.runs import QUICK
from tests.benchmarks.schemas import valid


class Here(ThreadPoolExecutor):
    """A pool of this process."""

    def __init__(self) -> None:
        super().__init__(1)


def test_the_surroundings_are_those_that_the_schema_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the time, the load at the end, and the versions of what is measured with."""
    monkeypatch.setattr(plan, "fresh", Here)
    small = Plan(("gradients",), QUICK, [("tiny", "float64")], ("vectorised",), weigh=False)
    (run,) = plan.measure(small)
    told = schema.schema()["$defs"]["run"]["properties"]["surroundings"]
    assert valid(dict(run.surroundings), told)
    assert set(run.surroundings) == set(schema.SURROUNDINGS) | {
        name for name in ("torch", "jax", "autograd", "numba", "memray") if find_spec(name)
    }
    assert datetime.fromisoformat(run.surroundings["measured"]).tzinfo is not None


class Broken(ThreadPoolExecutor):
    """A pool that tells of the machine, and whose other tasks fail."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(1)
        self.failure = failure

    def submit(self, task, *arguments):
        if task is plan.surroundings:
            return super().submit(task)

        def fail():
            raise self.failure

        return super().submit(fail)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--workload", "tiny", "--dtype", "float64"], "tiny in float64"),
        (["--part", "loops"], "the loops' curve along batch"),
        (["--part", "differences"], "differences of 300 elements, tanh"),
        (["--part", "campaign"], "the campaign by finite_difference"),
    ],
)
@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (proof.Wrong("the gradient of looped is off"), "could not be measured: the gradient of "),
        (RuntimeError("no compiler\nand more"), "could not be measured: RuntimeError: no compiler"),
        (BrokenProcessPool("gone"), "was ended from outside; is there memory enough?"),
    ],
)
def test_a_worker_that_fails_is_one_sentence_and_no_change(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    options: list[str],
    what: str,
    failure: Exception,
    sentence: str,
) -> None:
    """Whose exit code is that of clinometer's own failures: 1 is what became slower."""
    for module, name in ((plan, "fresh"), (process, "lasting")):
        monkeypatch.setattr(module, name, lambda: Broken(failure))
    asked = CliRunner().invoke(side_by_side.main, [*options, "--results", str(tmp_path)])
    assert asked.exit_code == 4
    (line,) = [line for line in asked.output.splitlines() if line.startswith("Error: ")]
    assert line.startswith(f"Error: {what} could not") or f"measured {what} was ended" in line
    assert sentence in line
    assert "Traceback" not in asked.output


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """What was asked of each part, where nothing is measured but the machine."""
    calls = []
    for module, lines in (
        (loops, runs.points()),
        (differences, runs.slopes()),
        (large, runs.found()),
        (campaign, runs.rates()),
    ):

        def measure(*settings, module=module, lines=lines):
            calls.append((module, *settings))
            return lines

        monkeypatch.setattr(module, "measure", measure)
    monkeypatch.setattr(plan, "fresh", Here)
    return calls


def test_every_part_is_measured_whole_unless_it_is_a_trial(asked: list[tuple]) -> None:
    """With the protocol of the run; and the lines are those that have come so far."""
    for small in (False, True):
        asked.clear()
        several = list(plan.measure(Plan(PARTS[1:], QUICK, small=small)))
        assert len(asked) == len(several)
        curves = [(along, *point) for along, curve in loops.CURVES.items() for point in curve]
        networks = [(s, a) for s in differences.SIZES for a in differences.ACTIVATIONS]
        if small:
            curves = [
                one for one in curves if one in [(one[0], *p) for p in loops.CURVES[one[0]][:3]]
            ]
            networks = networks[:4]
        assert asked == [
            *((loops, *point, QUICK) for point in curves),
            *((differences, *network, QUICK) for network in networks),
            (large, *(large.FEW if small else large.USUAL), QUICK),
            (campaign, QUICK, campaign.FEW if small else campaign.CASES),
        ]
        assert several[-1].of(type(runs.rates()[0])) == runs.rates()
        assert [len(one.lines) for one in several[:3]] == [
            len(runs.points()) * n for n in (1, 2, 3)
        ]


@pytest.mark.parametrize("part", PARTS[1:])
def test_only_the_parts_that_are_asked_for_are_measured(asked: list[tuple], part: str) -> None:
    """The large network belongs to the differences."""
    list(plan.measure(Plan((part,), QUICK)))
    of = {"loops": {loops}, "differences": {differences, large}, "campaign": {campaign}}
    assert {call[0] for call in asked} == of[part]


@pytest.mark.parametrize("part", PARTS)
def test_a_plan_is_full_with_every_part(part: str) -> None:
    """And with nothing less than usual."""
    full = Plan(PARTS, Protocol())
    assert full.full
    assert not Plan([one for one in PARTS if one != part], Protocol()).full
    for less in (
        {"small": True},
        {"weigh": False},
        {"protocol": QUICK},
        {"names": ("vectorised",)},
        {"gradients": full.gradients[1:]},
    ):
        assert not replace(full, **less).full
