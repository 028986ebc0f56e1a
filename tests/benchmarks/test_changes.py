"""What counts as a change between two runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import changes, record
from tests.benchmarks import runs


@pytest.mark.parametrize(
    ("speed", "verdict"), [(0.8, "slower"), (0.96, ""), (1.03, ""), (1.3, "faster")]
)
def test_a_change_counts_beyond_the_intervals_and_both_floors(
    speed: float, verdict: str, tmp_path: Path
) -> None:
    """What became slower is the exit code; what lies within the noise is not named."""
    (first, *_) = runs.run().rows
    files = []
    for name, now in (("old", 1.0), ("new", speed)):
        row = replace(first, speed=now, low=now - 0.01, high=now + 0.01, floor=1.05)
        files.append(str(tmp_path / name))
        record.write(replace(runs.run(), lines=[row]), tmp_path / name)
    (change,) = changes.changes(*(record.read(Path(file)) for file in files))
    assert change.verdict == verdict
    asked = CliRunner().invoke(changes.main, files)
    assert asked.exit_code == (verdict == "slower")
    assert f"{int(asked.exit_code)} of 1 speeds" in asked.output


def compared(tmp_path: Path, old: record.Run, new: record.Run) -> tuple[int, str]:
    """The exit code and the output of the command, its lines as one."""
    files = [str(tmp_path / name) for name in ("old", "new")]
    for run, file in zip((old, new), files, strict=True):
        record.write(run, Path(file))
    asked = CliRunner().invoke(changes.main, files)
    return asked.exit_code, " ".join(asked.output.split())


@pytest.mark.parametrize("kind", ["loop", "difference", "campaign"])
def test_what_became_slower_in_another_part_is_named_too(tmp_path: Path, kind: str) -> None:
    """Vectorised gradients beside loops, differences beside a backward pass, an oracle."""
    old = runs.whole()
    of = record.LINES[kind]
    slow = next(line for line in old.lines if isinstance(line, of) and not line.first)
    slower = replace(slow, speed=slow.speed / 2, low=slow.low / 2, high=slow.high / 2)
    new = replace(old, lines=[slower if line is slow else line for line in old.lines])
    code, text = compared(tmp_path, old, new)
    assert code == 1
    assert f"{slow.workload} {slow.dtype} {slow.candidate}" in text
    assert "-50% slower 1 of " in text


def test_what_else_may_have_changed_a_speed_is_said(tmp_path: Path) -> None:
    """Machine and libraries, one that is missing too; not the load and the commit, nor nothing."""
    there = runs.run(commit="another", load=9, blas="OpenBLAS Haswell", numba="0.68")
    code, text = compared(tmp_path, runs.run(load=1), there)
    assert code == 0
    told = "blas was a library and is OpenBLAS Haswell; numba was — and is 0.68."
    assert f"Not measured alike, so that a change may be theirs: {told}" in text
    assert "measured alike" not in compared(tmp_path, runs.run(load=1), runs.run(load=2))[1]


def test_what_only_one_run_has_is_named(tmp_path: Path) -> None:
    """Workloads and dtypes by candidate."""
    both = runs.run()
    few = [r for r in both.rows if (r.workload, r.candidate) != ("tiny", "autograd")]
    other = replace(both, lines=[r for r in few if (r.dtype, r.candidate) != ("float32", "looped")])
    for which, pair in (("old", (both, other)), ("new", (other, both))):
        code, text = compared(tmp_path, *pair)
        assert code == 0
        told = f"Only the {which} run has"
        assert f"{told} autograd beside torch eager: tiny (float32/float64)." in text
        assert f"{told} looped beside torch eager: tiny (float32)." in text
        assert text.count("Only the ") == 2


def test_runs_that_have_nothing_in_common_are_not_compared(tmp_path: Path) -> None:
    """Which is not the same as that nothing became slower."""
    new = replace(runs.run(), lines=[replace(r, baseline="vectorised") for r in runs.run().rows])
    code, text = compared(tmp_path, runs.run(), new)
    assert code == 5
    assert "the runs have no speed in common: nothing was compared" in text
    assert "became slower" not in text
