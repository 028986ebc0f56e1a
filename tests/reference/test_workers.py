"""Processes side by side: the same outcomes in the same order, whatever happens to one of them."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from clinometer import registry
from clinometer.campaign import workers
from clinometer.campaign.drawing import Draw
from clinometer.campaign.run import Outcome, run
from clinometer.campaign.workers import Judging, Workers

ORACLES = ["ball_arithmetic", "complex_step"]
CASES = Draw(12, seed=3).cases[:12]
LINES = [case.to_json() for case in CASES]
SUBJECTS = ["vectorised", "looped"]
JUDGING = Judging(SUBJECTS, ORACLES)


def told(outcomes: Any) -> list[tuple[str, dict[str, Any]]]:
    """What outcomes say, to compare."""
    return [
        (o.case.to_json(), {name: v.comparisons for name, v in o.verdicts.items()})
        for o in outcomes
    ]


@pytest.fixture(scope="module")
def alone() -> list[tuple[str, dict[str, Any]]]:
    """What one process finds."""
    subjects = registry.choose_subjects(SUBJECTS)
    return told(run(CASES, subjects, registry.choose_oracles(ORACLES)))


def killing(pool: Workers[Outcome], number: int) -> list[Outcome]:
    """All outcomes, where a child is killed after so many of them, one at work if there is one."""
    found = []
    for outcome in pool.run(LINES):
        found.append(outcome)
        if len(found) == number:
            child = max(pool.children, key=lambda child: child.task is not None)
            os.kill(child.process.pid, signal.SIGKILL)
    return found


def test_two_processes_find_what_one_does(alone: Any) -> None:
    """In the order of the cases, those along a training and of costly oracles among them."""
    with Workers(2, JUDGING) as pool:
        children = [child.process for child in pool.children]
        assert told(pool.run(LINES)) == alone
    assert not any(child.is_alive() for child in children)


def test_a_child_that_is_killed_costs_nothing(alone: Any) -> None:
    """Another one begins its case again."""
    with Workers(2, JUDGING) as pool:
        assert told(killing(pool, 3)) == alone


def test_a_case_that_kills_is_no_agreement(monkeypatch: pytest.MonkeyPatch, alone: Any) -> None:
    """Nor is it lost, nor any other."""
    monkeypatch.setattr(workers, "ATTEMPTS", 1)
    with Workers(2, JUDGING) as pool:
        found = killing(pool, 3)
    assert [outcome.case.to_json() for outcome in found] == [line for line, _ in alone]
    (died,) = (outcome for outcome in found if outcome.status == "disagree")
    assert {v.comparisons[0].reason for v in died.verdicts.values()} == {
        f"the process that judged it died with exit status {-signal.SIGKILL}"
    }
