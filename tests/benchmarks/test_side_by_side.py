"""The suite: what it refuses to time, what a row holds, and what counts as a change."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import fields, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import NoneType

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import changes, loop_curve, proof, record, side_by_side, skeleton, suite, tables
from benchmarks.candidates import CANDIDATES, Candidate
from benchmarks.gradients import DTYPES, Protocol
from benchmarks.workloads import WORKLOADS
from clinometer.errors import InvalidInput
from tests.benchmarks import runs

QUICK = Protocol(rounds=2, slice_seconds=1e-4)
OURS = ("vectorised", "samples looped", "looped")
KINDS = {
    "string": str, "number": float, "integer": int, "boolean": bool, "null": NoneType,
    "object": dict, "array": list,
}  # fmt: skip
CURRENT = json.dumps({"schema_version": record.SCHEMA_VERSION})


@pytest.fixture(scope="module")
def rows() -> list[suite.Row]:
    return [r for dtype in DTYPES for r in suite.run(WORKLOADS["tiny"], dtype, QUICK, OURS)[0]]


def test_each_candidate_has_a_row_with_the_error_of_its_dtype(rows: list[suite.Row]) -> None:
    """Rounding errors, and no others."""
    assert [(row.dtype, row.candidate) for row in rows] == [(d, c) for d in DTYPES for c in OURS]
    for row in rows:
        assert row.error < (1e-14 if row.dtype == "float64" else 1e-5)
        assert 0 < row.least_seconds <= row.seconds
        assert row.low <= row.speed <= row.high


def valid(value: object, schema: dict) -> bool:
    """By as much of JSON Schema as ours uses."""
    if "anyOf" in schema:
        parts = (schema["$defs"][one["$ref"].rpartition("/")[2]] for one in schema["anyOf"])
        return any(valid(value, part) for part in parts)
    if "const" in schema:
        return value == schema["const"]
    if "type" in schema and type(value) not in {KINDS[kind] for kind in schema["type"]}:
        return False
    if "properties" in schema:
        known, closed = schema["properties"], not schema.get("additionalProperties", True)
        return (
            set(value) >= set(schema["required"])
            and not (closed and set(value) - set(known))
            and all(valid(value[name], part) for name, part in known.items() if name in value)
        )
    return all(valid(item, schema["items"]) for item in value) if "items" in schema else True


def test_every_line_of_a_run_is_what_the_schema_says(rows: list[suite.Row], tmp_path: Path) -> None:
    """And nothing else is: a field more, a field less, another type, another version."""
    run = replace(runs.run(), rows=[*rows, *runs.run().rows])
    record.write(run, tmp_path / "run.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text("utf-8").splitlines()]
    schema = record.schema()
    assert len(lines) == 1 + len(run.rows)
    assert all(valid(line, schema) for line in lines)
    head, row = lines[:2]
    for wrong in (
        head | {"schema_version": record.SCHEMA_VERSION + 1},
        head | {"surroundings": {}},
        head | {"skipped": [{"workload": "tiny"}]},
        row | {"more": 1},
        row | {"seconds": "1"},
        {name: value for name, value in row.items() if name != "error"},
    ):
        assert not valid(wrong, schema)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With what has no row."""
    path = tmp_path / "run.jsonl"
    record.write(runs.run(), path)
    assert record.read(path) == runs.run()


def test_every_field_of_a_row_has_its_words_and_the_page_shows_them() -> None:
    """In their order."""
    assert list(record.MEANINGS) == [field.name for field in fields(suite.Row)]
    page = Path(__file__).parents[2] / "docs" / "benchmarks.md"
    assert record.table() in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no record of a run; give a side_by_side.jsonl"),
        ("not JSON", "is no record of a run"),
        ("[1]", "is no record of a run"),
        ('{"cpu": "one"}', "is no record of a run"),
        ('{"schema_version": 1}', "is a record of version 1; measure again for version "),
        (CURRENT, "is no record of a run"),
        (f'{CURRENT[:-1]}, "surroundings": {{}}, "skipped": [], "protocol": 3}}', "is no record"),
        (None, "is no record of a run"),
    ],
)
def test_what_is_no_run_is_refused_in_one_sentence(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    """By the commands too, before anything is measured; the last is a row without its speed."""
    path = tmp_path / "run.jsonl"
    if text is None:
        record.write(runs.run(), path)
        text = path.read_text().replace('"speed": ', '"speed": null, "sped": ', 1)
    path.write_text(text)
    with pytest.raises(InvalidInput, match=sentence):
        record.read(path)
    asked = CliRunner().invoke(side_by_side.main, ["--compare", str(path)])
    assert asked.exit_code == 2
    assert sentence.partition(";")[0] in " ".join(asked.output.replace("│", " ").split())


def test_a_gradient_that_is_wrong_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One part in ten thousand of one array is enough to be refused in float64."""
    monkeypatch.setitem(CANDIDATES, "looped", runs.spoilt(CANDIDATES["vectorised"], 1.0001))
    with pytest.raises(proof.Wrong, match="the gradient of looped on tiny in float64 is off by"):
        suite.run(WORKLOADS["tiny"], "float64", QUICK, ("vectorised", "looped"))


def test_what_does_not_work_here_has_its_reason_and_no_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What has to compile may fail, as may what is not installed; what does not may not."""

    def build(case):
        def gradient():
            raise RuntimeError("no compiler\nand more")

        return gradient

    fragile = Candidate(build, compiles=True)
    monkeypatch.setitem(CANDIDATES, "torch.compile", fragile)
    monkeypatch.setitem(CANDIDATES, "jax.jit", Candidate(build, requires="no_such_package"))
    names = ("vectorised", "torch.compile", "jax.jit")
    rows, skipped = suite.run(WORKLOADS["tiny"], "float64", QUICK, names)
    assert [row.candidate for row in rows] == ["vectorised"]
    assert {one.candidate: one.reason for one in skipped} == {
        "torch.compile": "it does not work here: RuntimeError: no compiler",
        "jax.jit": "no_such_package is not installed",
    }
    assert suite.run(WORKLOADS["tiny"], "float64", QUICK, names[2:]) == ([], skipped[1:])
    monkeypatch.setitem(CANDIDATES, "looped", Candidate(build))
    with pytest.raises(RuntimeError, match="no compiler"):
        suite.run(WORKLOADS["tiny"], "float64", QUICK, ("looped",))


def test_nothing_is_left_out_silently() -> None:
    """A sentence for what does not work, for what is not taken, and for what was not asked for."""
    run = runs.run()
    without = replace(run, rows=[row for row in run.rows if row.candidate != "autograd"])
    told = list(tables.reasons(without))
    assert told == [
        "torch.compile is not timed on tiny: it does not work here: no compiler.",
        "autograd was not asked for.",
    ]
    assert all(line in tables.markdown(without) for line in told)


def test_what_fails_in_one_dtype_is_not_said_of_both() -> None:
    """The other has a row, or another reason."""
    run = runs.run()
    one = replace(run, skipped=run.skipped[:1])
    told = "torch.compile is not timed on tiny in float64: it does not work here: no compiler."
    assert next(tables.reasons(one)) == told
    alone = replace(one, rows=[row for row in run.rows if row.dtype == "float64"])
    assert next(tables.reasons(alone)) == told.replace(" in float64", "")


def test_the_words_of_a_table_name_the_baselines_and_the_reference_that_there_are() -> None:
    """PyTorch is neither where it is not installed."""
    run = runs.run()
    assert "Speed is that beside torch eager: the median" in tables.explanation(run)
    assert "beside the gradient of PyTorch in float64" in tables.explanation(run)
    rows = [replace(row, baseline="autograd") for row in run.rows[:1]]
    rows += [replace(row, baseline="jax.jit") for row in run.rows[1:]]
    facts = {name: fact for name, fact in run.surroundings.items() if name != "torch"}
    text = tables.explanation(replace(run, rows=rows, surroundings=facts))
    assert "beside autograd, or where that is not timed jax.jit: the median" in text
    assert "beside the gradient of the vectorised kernels in float64" in text
    assert "PyTorch" not in text


@pytest.mark.parametrize(
    "wrong", [{"a": np.ones(2)}, {"a": np.array([1, np.nan]), "b": np.ones(1)}]
)
def test_what_is_missing_and_what_is_no_number_is_no_small_error(wrong) -> None:
    """The comparison that follows must fail."""
    reference = {"a": np.ones(2), "b": np.ones(1)}
    assert not proof.largest_error(wrong, reference) <= 1e9
    assert proof.largest_error(reference, reference) == 0


def test_the_skeleton_counts_the_products_of_each_layer() -> None:
    """Forward once and backward twice, an addition and a multiplication each."""
    case = WORKLOADS["tiny"].case("float32")
    assert skeleton.products(case) == [skeleton.Product(32, 4, 16), skeleton.Product(32, 16, 3)]
    assert skeleton.operations(case) == 6 * 32 * (4 * 16 + 16 * 3)
    lstm = WORKLOADS["lstm"].case("float32")
    assert skeleton.operations(lstm) == 6 * 1600 * 512 * (128 + 128)
    assert skeleton.products(WORKLOADS["batch norm"].case("float32")) == []


def test_every_workload_is_one_that_its_layers_take() -> None:
    """With as many parameters as the smallest and the largest are known to have."""
    sizes = {name: workload.case("float64").size for name, workload in WORKLOADS.items()}
    assert sizes["tiny"] == 131 + 32 * 4
    assert sizes["large"] == 25_175_040 + 256 * 1024


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
        record.write(replace(runs.run(), rows=[row]), tmp_path / name)
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
    other = replace(both, rows=[r for r in few if (r.dtype, r.candidate) != ("float32", "looped")])
    for which, pair in (("old", (both, other)), ("new", (other, both))):
        code, text = compared(tmp_path, *pair)
        assert code == 0
        told = f"Only the {which} run has"
        assert f"{told} autograd beside torch eager: tiny (float32/float64)." in text
        assert f"{told} looped beside torch eager: tiny (float32)." in text
        assert text.count("Only the ") == 2


def test_runs_that_have_nothing_in_common_are_not_compared(tmp_path: Path) -> None:
    """Which is not the same as that nothing became slower."""
    new = replace(runs.run(), rows=[replace(r, baseline="vectorised") for r in runs.run().rows])
    code, text = compared(tmp_path, runs.run(), new)
    assert code == 5
    assert "the runs have no speed in common: nothing was compared" in text
    assert "became slower" not in text


def test_a_run_is_measured_written_compared_and_remembered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside a run in which our own gradient was faster, and its twin in which it was slower."""
    measured = runs.run(speed=2.0)
    monkeypatch.setattr(side_by_side, "_runs", lambda *settings: [measured])
    pairs = 2 * len(WORKLOADS)
    for speed, code in ((2.6, 1), (1.5, 0)):
        record.write(runs.run(speed), tmp_path / "old.jsonl")
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
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Protocol]:
    """The protocols of the runs that were begun; each has the same made-up rows."""
    begun = []

    def begin(jobs, names, protocol, weigh):
        begun.append(protocol)
        return [runs.run()]

    monkeypatch.setattr(side_by_side, "_runs", begin)
    return begun


@pytest.mark.parametrize(
    ("options", "rounds"),
    [([], 11), (["--rounds", "20"], 20), (["--quick"], 3), (["--quick", "--rounds", "20"], 20)],
)
def test_as_many_rounds_are_timed_as_were_asked_for(
    measured: list[Protocol], tmp_path: Path, options: list[str], rounds: int
) -> None:
    """In a trial too."""
    asked = CliRunner().invoke(side_by_side.main, [*options, "--results", str(tmp_path)])
    assert asked.exit_code == 0, asked.output
    (protocol,) = measured
    assert protocol.rounds == rounds
    assert (protocol.slice_seconds < Protocol.slice_seconds) == ("--quick" in options)


PARTIAL = (
    ["--quick"],
    ["--workload", "tiny"],
    ["--dtype", "float32"],
    ["--candidate", "vectorised"],
    ["--rounds", "10"],
    ["--no-memory"],
)


@pytest.mark.parametrize("options", [[], ["--rounds", "12"], *PARTIAL])
def test_only_a_full_run_is_written_as_one_and_remembered(
    measured: list[Protocol], tmp_path: Path, options: list[str]
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
    assert record.read(tmp_path / "trial.jsonl") == runs.run()


@pytest.mark.parametrize(("name", "code"), [("side_by_side", 0), ("trial", 2)])
def test_a_run_is_not_compared_with_what_it_overwrites(
    measured: list[Protocol], tmp_path: Path, name: str, code: int
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


def test_the_loops_are_measured_first_where_they_are_asked_for(
    measured: list[Protocol], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Into the same folder, as little where little is asked, and after the options were read."""
    asked_for = []

    def callback(quick: bool, results: Path) -> None:
        asked_for.append((quick, results, len(measured)))
        loop_curve.write(runs.points(), runs.SURROUNDINGS, results)

    monkeypatch.setattr(loop_curve.main, "callback", callback)
    options = ["--loops", "--quick", "--results", str(tmp_path)]
    for more, code in ((["--rounds", "0"], 2), (["--compare", str(tmp_path / "no")], 2), ([], 0)):
        asked = CliRunner().invoke(side_by_side.main, [*options, *more])
        assert asked.exit_code == code, asked.output
    assert asked_for == [(True, tmp_path, 0)]
    assert "Loops against vectorised gradients" in (tmp_path / "trial.html").read_text("utf-8")


def test_the_session_measures_the_loops_with_the_same_options_and_numba() -> None:
    """In one command, which reads its options before it measures anything."""
    noxfile = (Path(__file__).parents[2] / "noxfile.py").read_text("utf-8")
    session = noxfile.partition("def side_by_side(")[2].partition("@nox.session")[0]
    assert '".[all,fast]"' in session
    assert '"benchmarks.side_by_side", "--loops", *session.posargs' in session
    assert session.count("session.run(") == 1


class Here(ThreadPoolExecutor):
    """A pool of this process."""

    def __init__(self) -> None:
        super().__init__(1)


def test_the_surroundings_are_those_that_the_schema_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the time, the load at the end, and the versions of what is measured with."""
    monkeypatch.setattr(side_by_side, "fresh", Here)
    (run,) = side_by_side._runs([("tiny", "float64")], ("vectorised",), QUICK, weigh=False)
    schema = record.schema()["$defs"]["run"]["properties"]["surroundings"]
    assert valid(dict(run.surroundings), schema)
    assert set(run.surroundings) == set(record.SURROUNDINGS) | {
        name for name in ("torch", "jax", "autograd", "numba", "memray") if find_spec(name)
    }
    assert datetime.fromisoformat(run.surroundings["measured"]).tzinfo is not None


class Broken(ThreadPoolExecutor):
    """A pool that tells of the machine, and whose other tasks fail."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(1)
        self.failure = failure

    def submit(self, task, *arguments):
        if task is side_by_side.surroundings:
            return super().submit(task)

        def fail():
            raise self.failure

        return super().submit(fail)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (proof.Wrong("the gradient of looped is off"), "could not be measured: the gradient of "),
        (RuntimeError("no compiler\nand more"), "could not be measured: RuntimeError: no compiler"),
        (BrokenProcessPool("gone"), "was ended from outside; is there memory enough?"),
    ],
)
def test_a_worker_that_fails_is_one_sentence_and_no_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, failure: Exception, sentence: str
) -> None:
    """Whose exit code is that of clinometer's own failures: 1 is what became slower."""
    monkeypatch.setattr(side_by_side, "fresh", lambda: Broken(failure))
    options = ["--workload", "tiny", "--dtype", "float64", "--results", str(tmp_path)]
    asked = CliRunner().invoke(side_by_side.main, options)
    assert asked.exit_code == 4
    (line,) = [line for line in asked.output.splitlines() if line.startswith("Error: ")]
    assert "tiny in float64" in line
    assert sentence in line
    assert "Traceback" not in asked.output


def test_what_fails_outside_the_workers_is_no_change_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With its traceback, as it is a bug."""
    monkeypatch.setattr(side_by_side, "_runs", lambda *settings: 1 / 0)
    asked = CliRunner().invoke(side_by_side.main, ["--results", str(tmp_path)])
    assert asked.exit_code == 4
    assert "Error: the benchmark itself failed; this is a bug in it" in asked.output


@pytest.mark.parametrize("rounds", ["0", "-1"])
def test_no_rounds_are_refused(measured: list[Protocol], rounds: str) -> None:
    """By the option itself."""
    asked = CliRunner().invoke(side_by_side.main, ["--rounds", rounds])
    assert (asked.exit_code, measured) == (2, [])
    assert "is not in the range x>=1" in asked.output


@pytest.mark.parametrize("name", ["loop_curve.jsonl", "history.jsonl"])
@pytest.mark.parametrize("text", ["", "not JSON", '{"schema_version": 1}', "{}\n{}", "1\n2"])
def test_what_lies_broken_in_the_folder_is_refused_before_anything_is_measured(
    measured: list[Protocol], tmp_path: Path, name: str, text: str
) -> None:
    """As it would be on the page, or have lines appended."""
    (tmp_path / name).write_text(text)
    asked = CliRunner().invoke(side_by_side.main, ["--results", str(tmp_path)])
    assert (asked.exit_code, measured) == (2, []), asked.output
    (sentence,) = [line for line in asked.output.splitlines() if line.startswith("Error: ")]
    assert str(tmp_path / name) in sentence


def test_the_exponent_is_that_of_the_law() -> None:
    """Here the square root of the width and the batch itself."""
    points = [
        loop_curve.Point("width", (n, n, 10), 16, 0, 1.0, 1.0, 5 * n**0.5, 0, 0) for n in (4, 8, 16)
    ] + [loop_curve.Point("batch", (4, 4), n, 0, 1.0, 1.0, 2.0 * n, 0, 0) for n in (1, 8, 16)]
    curves = loop_curve.curves(points)
    assert loop_curve.power(curves["width"]) == pytest.approx((0.5, 5.0))
    assert loop_curve.power(curves["batch"]) == pytest.approx((1.0, 2.0))
    assert "width^0.50, batch^1.00" in loop_curve.markdown(points, {})


def test_a_loop_curve_is_read_as_it_was_written(tmp_path: Path) -> None:
    """And there is none where there is no file."""
    loop_curve.write(runs.points(), {"cpu": "one"}, tmp_path)
    found = loop_curve.read(tmp_path / "loop_curve.jsonl")
    assert found == loop_curve.Curve({"cpu": "one"}, runs.points())
    assert loop_curve.read(tmp_path / "none.jsonl") is None
