"""What the suite refuses to time, and what a row holds."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks import proof, skeleton, suite
from benchmarks.candidates import CANDIDATES, Candidate
from benchmarks.gradients import DTYPES
from benchmarks.workloads import WORKLOADS
from tests.benchmarks import runs
from tests.benchmarks.runs import QUICK

OURS = ("vectorised", "samples looped", "looped")


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


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
def test_compiled_kernels_are_timed_where_there_are_any() -> None:
    """Elsewhere they are the vectorised ones, and would be timed twice."""
    cases = {name: workload.case("float32") for name, workload in WORKLOADS.items()}
    timed = {name for name, case in cases.items() if not CANDIDATES["fast"].obstacle(case)}
    assert timed == {"batch norm", "layer norm", "lstm", "small layer norm"}
