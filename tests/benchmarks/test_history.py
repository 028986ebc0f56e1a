"""The history: a line for each workload, a point for each run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import history, report
from benchmarks.workloads import WORKLOADS
from clinometer.errors import InvalidInput
from tests.benchmarks import runs


def test_a_history_grows_by_a_line_a_workload_and_dtype(tmp_path: Path) -> None:
    """And its page has a point for each run, the oldest first."""
    path = tmp_path / "history.jsonl"
    for number, speed in enumerate((1.5, 2.0, 2.5)):
        history.append(runs.run(speed, commit=f"{number}" * 40), path)
    found = history.read(path)
    assert len(found) == 3 * len(WORKLOADS) * 2
    assert {line["baseline"] for line in found} == {"torch eager"}
    asked = CliRunner().invoke(history.main, [str(path)])
    assert asked.exit_code == 0, asked.output
    text = (tmp_path / "history.html").read_text("utf-8")
    assert [text.index(f"{number}" * 40) for number in range(3)] == sorted(
        text.index(f"{number}" * 40) for number in range(3)
    )
    assert "2.5 ×" in text


def test_speeds_beside_another_baseline_are_not_remembered() -> None:
    """They would go on the same line of the page."""
    rows = [replace(row, baseline="vectorised") for row in runs.run().rows]
    assert list(history.lines(replace(runs.run(), lines=rows))) == []


def test_speeds_of_another_machine_are_left_out_and_counted(tmp_path: Path) -> None:
    """The machine that measured last is the one that is drawn."""
    path = tmp_path / "history.jsonl"
    history.append(runs.run(7.77, cpu="another"), path)
    history.append(runs.run(2.0), path)
    text = history.of_history(history.read(path))
    assert "7.77 ×" not in text
    assert f"{2 * len(WORKLOADS)} lines of other machines or libraries are left out." in text


def test_the_commit_is_that_of_the_working_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """And unknown where there is none, or no git."""
    found = report.commit()
    assert set(found) == {"commit", "date", "changed"}

    def missing(*arguments: str) -> str:
        raise FileNotFoundError("git")

    monkeypatch.setattr(report, "_git", missing)
    assert report.commit() == dict.fromkeys(found)


@pytest.mark.parametrize(
    "text", ["", "not JSON", json.dumps({"schema_version": 9}), json.dumps({"schema_version": 1})]
)
def test_what_is_no_history_is_refused(tmp_path: Path, text: str) -> None:
    """In one sentence."""
    path = tmp_path / "history.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"is no history; give|must hold lines of version 1"):
        history.read(path)
    asked = CliRunner().invoke(history.main, [str(path)])
    assert asked.exit_code == 2
    assert f"Error: {path} " in asked.output
