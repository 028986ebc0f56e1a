"""The suite: what it refuses to time, what a row holds, and what counts as a change."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import NoneType

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import changes, loop_curve, side_by_side, skeleton, suite
from benchmarks.candidates import CANDIDATES, Candidate
from benchmarks.gradients import DTYPES, Protocol
from benchmarks.workloads import WORKLOADS

QUICK = Protocol(rounds=2, slice_seconds=1e-4)
OURS = ("vectorised", "samples looped", "looped")
KINDS = {"string": str, "number": float, "integer": int, "boolean": bool, "null": NoneType}


@pytest.fixture(scope="module")
def rows() -> list[suite.Row]:
    return [row for dtype in DTYPES for row in suite.run(WORKLOADS["tiny"], dtype, QUICK, OURS)]


def test_each_candidate_has_a_row_with_the_error_of_its_dtype(rows: list[suite.Row]) -> None:
    """Rounding errors, and no others."""
    assert [(row.dtype, row.candidate) for row in rows] == [(d, c) for d in DTYPES for c in OURS]
    for row in rows:
        assert row.error < (1e-14 if row.dtype == "float64" else 1e-5)
        assert 0 < row.least_seconds <= row.seconds
        assert row.low <= row.speed <= row.high


def test_a_row_is_what_its_schema_says(rows: list[suite.Row]) -> None:
    """Name by name and type by type, also after a trip through JSON."""
    described = side_by_side.schema()
    for row in rows:
        read = json.loads(json.dumps(asdict(row)))
        assert list(read) == described["required"]
        for name, value in read.items():
            kinds = described["properties"][name]["type"]
            assert type(value) in {KINDS[kind] for kind in kinds}, name


def test_a_gradient_that_is_wrong_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One part in ten thousand of one array is enough to be refused in float64."""
    right = CANDIDATES["vectorised"].build

    def build(case):
        gradient = right(case)

        def wrong():
            loss, arrays = gradient()
            return loss, arrays | {"1.bias": arrays["1.bias"] * 1.0001}

        return wrong

    monkeypatch.setitem(CANDIDATES, "looped", Candidate(build))
    with pytest.raises(suite.Wrong, match="the gradient of looped is off by"):
        suite.run(WORKLOADS["tiny"], "float64", QUICK, ("vectorised", "looped"))


@pytest.mark.parametrize(
    "wrong", [{"a": np.ones(2)}, {"a": np.array([1, np.nan]), "b": np.ones(1)}]
)
def test_what_is_missing_and_what_is_no_number_is_no_small_error(wrong) -> None:
    """The comparison that follows must fail."""
    reference = {"a": np.ones(2), "b": np.ones(1)}
    assert not suite.largest_error(wrong, reference) <= 1e9
    assert suite.largest_error(reference, reference) == 0


def test_the_skeleton_counts_the_products_of_each_layer() -> None:
    """Forward once and backward twice, an addition and a multiplication each."""
    case = WORKLOADS["tiny"].case("float32")
    assert skeleton.products(case) == [(32, 4, 16, 1), (32, 16, 3, 1)]
    assert skeleton.operations(case) == 6 * 32 * (4 * 16 + 16 * 3)
    lstm = WORKLOADS["lstm"].case("float32")
    assert skeleton.products(lstm) == [(1600, 128, 512, 1), (32, 128, 512, 50)]
    assert skeleton.products(WORKLOADS["batch norm"].case("float32")) == []


def test_every_workload_is_one_that_its_layers_take() -> None:
    """With as many parameters as the smallest and the largest are known to have."""
    sizes = {name: workload.case("float64").size for name, workload in WORKLOADS.items()}
    assert sizes["tiny"] == 131 + 32 * 4
    assert sizes["large"] == 25_175_040 + 256 * 1024


def test_a_change_counts_beyond_the_intervals_and_both_floors(
    rows: list[suite.Row], tmp_path: Path
) -> None:
    """What became slower is the exit code; what lies within the noise is not named."""
    old = replace(rows[1], speed=1.0, low=0.98, high=1.02, floor=1.05)
    verdicts = {}
    for speed in (0.8, 0.96, 1.03, 1.3):
        new = replace(old, speed=speed, low=speed - 0.01, high=speed + 0.01)
        for name, row in (("old", old), ("new", new)):
            side_by_side.write([row], {}, QUICK, tmp_path / name)
        files = [str(tmp_path / name / "side_by_side.jsonl") for name in ("old", "new")]
        read = [changes.read(Path(file)) for file in files]
        (change,) = changes.changes(*read)
        verdicts[speed] = change.verdict
        assert CliRunner().invoke(changes.main, files).exit_code == (change.verdict == "slower")
    assert verdicts == {0.8: "slower", 0.96: "", 1.03: "", 1.3: "faster"}


def test_the_exponent_is_that_of_the_law() -> None:
    """Here the square root of the width and the batch itself."""
    points = [
        loop_curve.Point("width", (n, n, 10), 16, 0, 1.0, 1.0, 5 * n**0.5, 0, 0) for n in (4, 8, 16)
    ] + [loop_curve.Point("batch", (4, 4), n, 0, 1.0, 1.0, 2.0 * n, 0, 0) for n in (1, 8, 16)]
    fitted = loop_curve.exponents(points)
    assert fitted == pytest.approx({"width": 0.5, "batch": 1.0})
    assert "width^0.50, batch^1.00" in loop_curve.markdown(points, {})
