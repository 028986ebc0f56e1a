"""The command: what it measures, writes, compares and remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import plan, record, side_by_side
from benchmarks.gradients import Protocol
from benchmarks.plan import PARTS, Plan
from benchmarks.workloads import WORKLOADS
from tests.benchmarks import runs


def test_a_run_is_measured_written_compared_and_remembered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside a run in which our own gradient was faster, and its twin in which it was slower."""
    measured = runs.whole(speed=2.0)
    monkeypatch.setattr(plan, "measure", lambda asked: [measured])
    pairs = 2 * len(WORKLOADS)
    for speed, code in ((2.6, 1), (1.5, 0)):
        record.write(runs.whole(speed), tmp_path / "old.jsonl")
        options = ["--compare", str(tmp_path / "old.jsonl"), "--results", str(tmp_path)]
        asked = CliRunner().invoke(side_by_side.main, options)
        assert asked.exit_code == code, asked.output
        assert f"\n{code * pairs} of " in asked.output
        table = asked.output.partition("beyond the noise")[2].splitlines()
        verdicts = [line.split()[-1] for line in table if " vectorised " in line]
        assert verdicts == ["slower" if code else "faster"] * pairs
    assert record.read(tmp_path / "side_by_side.jsonl") == measured
    remembered = (tmp_path / "history.jsonl").read_text("utf-8").splitlines()
    assert len(remembered) == 2 * pairs  # once for each of the two


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans of the runs that were begun; each has the same made-up lines."""
    begun = []

    def begin(asked):
        begun.append(asked)
        return [runs.whole()]

    monkeypatch.setattr(plan, "measure", begin)
    return begun


@pytest.mark.parametrize(
    ("options", "rounds"),
    [([], 11), (["--rounds", "20"], 20), (["--quick"], 3), (["--quick", "--rounds", "20"], 20)],
)
def test_as_many_rounds_are_timed_as_were_asked_for(
    measured: list[Plan], tmp_path: Path, options: list[str], rounds: int
) -> None:
    """In a trial too."""
    asked = CliRunner().invoke(side_by_side.main, [*options, "--results", str(tmp_path)])
    assert asked.exit_code == 0, asked.output
    (plan,) = measured
    assert plan.protocol.rounds == rounds
    assert plan.small == ("--quick" in options)
    assert (plan.protocol.slice_seconds < Protocol.slice_seconds) == ("--quick" in options)


PARTIAL = (
    ["--quick"],
    ["--workload", "tiny"],
    ["--dtype", "float32"],
    ["--candidate", "vectorised"],
    ["--rounds", "10"],
    ["--no-memory"],
    ["--part", "gradients"],
    ["--part", "gradients", "--part", "loops", "--part", "differences"],
)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ([], PARTS),
        (["--quick", "--no-memory"], PARTS),
        (["--part", "campaign", "--part", "loops"], ("campaign", "loops")),
        (["--workload", "tiny"], ("gradients",)),
        (["--dtype", "float32"], ("gradients",)),
        (["--candidate", "vectorised"], ("gradients",)),
        (["--workload", "tiny", "--part", "gradients", "--part", "loops"], ("gradients", "loops")),
    ],
)
def test_all_parts_are_measured_unless_some_are_asked_for(
    measured: list[Plan], tmp_path: Path, options: list[str], parts: tuple[str, ...]
) -> None:
    """Who asks for some of the gradients asks for nothing else."""
    asked = CliRunner().invoke(side_by_side.main, [*options, "--results", str(tmp_path)])
    assert asked.exit_code == 0, asked.output
    assert [tuple(plan.parts) for plan in measured] == [parts]


@pytest.mark.parametrize("options", [[], ["--rounds", "12"], *PARTIAL])
def test_only_a_full_run_is_written_as_one_and_remembered(
    measured: list[Plan], tmp_path: Path, options: list[str]
) -> None:
    """Any other is a trial, and leaves the last full one alone."""
    files = [tmp_path / f"side_by_side.{kind}" for kind in ("jsonl", "html")]
    for file in files:
        file.write_text("as it was")
    asked = CliRunner().invoke(side_by_side.main, [*options, "--results", str(tmp_path)])
    assert asked.exit_code == 0, asked.output
    full = options not in PARTIAL
    assert (files[0].read_text() != "as it was") == full
    assert (files[1].read_text() != "as it was") == full
    assert (tmp_path / "history.jsonl").exists() == full
    assert record.read(tmp_path / "trial.jsonl") == runs.whole()


@pytest.mark.parametrize(("name", "code"), [("side_by_side", 0), ("trial", 2)])
def test_a_run_is_not_compared_with_what_it_overwrites(
    measured: list[Plan], tmp_path: Path, name: str, code: int
) -> None:
    """By a trial only another trial is; by a full run that of a full one too."""
    old = tmp_path / f"{name}.jsonl"
    record.write(runs.run(), old)
    options = ["--results", str(tmp_path), "--compare", str(old)]
    assert CliRunner().invoke(side_by_side.main, [*options, "--quick"]).exit_code == code
    measured.clear()
    asked = CliRunner().invoke(side_by_side.main, options)
    assert (asked.exit_code, measured) == (2, [])
    assert f"Error: {old} is what this run writes" in asked.output


def test_the_session_measures_all_with_the_same_options_and_numba() -> None:
    """In one command, which reads its options before it measures anything."""
    noxfile = (Path(__file__).parents[2] / "noxfile.py").read_text("utf-8")
    session = noxfile.partition("def side_by_side(")[2].partition("@nox.session")[0]
    assert '".[all,fast]"' in session
    assert '"benchmarks.side_by_side", *session.posargs' in session
    assert session.count("session.run(") == 1


def test_what_fails_outside_the_workers_is_no_change_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With its traceback, as it is a bug."""
    monkeypatch.setattr(plan, "measure", lambda asked: 1 / 0)
    asked = CliRunner().invoke(side_by_side.main, ["--results", str(tmp_path)])
    assert asked.exit_code == 4
    assert "Error: the benchmark itself failed; this is a bug in it" in asked.output


@pytest.mark.parametrize("rounds", ["0", "-1"])
def test_no_rounds_are_refused(measured: list[Plan], rounds: str) -> None:
    """By the option itself."""
    asked = CliRunner().invoke(side_by_side.main, ["--rounds", rounds])
    assert (asked.exit_code, measured) == (2, [])
    assert "is not in the range x>=1" in asked.output


@pytest.mark.parametrize("text", ["", "not JSON", '{"schema_version": 1}', "{}\n{}", "1\n2"])
def test_what_lies_broken_in_the_folder_is_refused_before_anything_is_measured(
    measured: list[Plan], tmp_path: Path, text: str
) -> None:
    """As it would have lines appended."""
    history = tmp_path / "history.jsonl"
    history.write_text(text)
    asked = CliRunner().invoke(side_by_side.main, ["--results", str(tmp_path)])
    assert (asked.exit_code, measured) == (2, []), asked.output
    (sentence,) = [line for line in asked.output.splitlines() if line.startswith("Error: ")]
    assert str(history) in sentence
