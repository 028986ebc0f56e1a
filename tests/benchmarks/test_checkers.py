"""The checkers side by side: the functions are right, the faults wrong, and passes are counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.checkers import checkers, measurement, module, writing
from benchmarks.checkers.checkers import BY_LIBRARY
from benchmarks.checkers.code import precision, written
from benchmarks.checkers.faults import FAULTS, RIGHT
from benchmarks.checkers.functions import FUNCTIONS
from benchmarks.checkers.measurement import Cost, Seen
from benchmarks.checkers.module import Judged
from benchmarks.checkers.writing import Measured, markdown
from benchmarks.gradients import Protocol
from benchmarks.timer import Timing
from clinometer import check

LIBRARIES = [
    "numpy",
    pytest.param("torch", marks=pytest.mark.torch),
    pytest.param("jax", marks=pytest.mark.jax),
]
NAME = "Σ x²"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_only_the_right_gradient_is_right(name: str, fault: str) -> None:
    """In NumPy, by the verdict, for each fault in each function."""
    code = written(FUNCTIONS[name], FAULTS[fault], "numpy", "float64")
    verdict = check(code.function, code.arguments, vjp=code.vjp)
    assert verdict.status == ("agree" if fault == RIGHT else "disagree")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_function_is_the_same_in_every_library(library: str, name: str) -> None:
    """Its value, and its passes, which JAX counts where they are run."""
    pytest.importorskip(library)
    plain = written(FUNCTIONS[name], FAULTS[RIGHT], "numpy", "float64")
    with precision(library, "float64"):
        code = written(FUNCTIONS[name], FAULTS[RIGHT], library, "float64")
        value = code.function(*code.arguments)
        np.testing.assert_allclose(np.asarray(value), plain.function(*plain.arguments), 1e-14)
        measurement.wait_for_passes(library)
    assert code.passes == {"forwards": 1, "backwards": 0}


@pytest.mark.parametrize("library", LIBRARIES)
def test_small_functions_are_checked_within_the_promised_evaluations(library: str) -> None:
    """At most 120 forward passes, whatever the function, and clinometer's row is the first."""
    pytest.importorskip(library)
    for name in FUNCTIONS:
        with precision(library, "float64"):
            passes = measurement.passes(BY_LIBRARY[library][0], name)
        assert 0 < passes["backwards"] <= passes["forwards"] <= 120


def test_what_the_checkers_of_numpy_cost_and_see() -> None:
    """Those that are installed; clinometer sees every fault and no other thing."""
    here = [c.name for c in measurement.usable("numpy", NAME)]
    first = dict.fromkeys(here, 0.25)
    costs = measurement.costs(NAME, "numpy", Protocol(rounds=2, slice_seconds=1e-4), first)
    assert [c.checker for c in costs] == here
    assert (costs[0].timing.ratio, costs[0].first) == (1, 0.25)
    found = measurement.seen(NAME, "numpy")
    for dtype in ("float64", "float32"):
        ours = {s.fault: s.caught for s in found if (s.checker, s.dtype) == (here[0], dtype)}
        assert ours == {fault: fault != RIGHT for fault in FAULTS}
    assert measurement.first_call(NAME, "numpy", 0) > 0


@pytest.mark.torch
def test_every_pass_of_a_module_is_counted() -> None:
    """By clinometer and by gradcheck, in slow mode two and a bit for each element."""
    pytest.importorskip("torch")
    rows = module.measure((6, 5, 2))
    assert [(r.checker, r.dtype) for r in rows] == [
        ("clinometer", "float64"),
        ("clinometer", "float32"),
        ("torch gradcheck, fast mode", "float64"),
        ("torch gradcheck", "float64"),
    ]
    assert all(row.passed for row in rows)
    elements = 6 * 5 + 5 + 5 * 2 + 2 + module.BATCH * 6
    assert 2 * elements < rows[3].forwards < 2 * elements + 10
    assert rows[2].forwards < 2 * elements
    assert all(0 < power < 1e-3 for row in rows[:2] for power in (row.element, row.whole))


def test_the_tables_say_who_is_missing_and_who_saw_what(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Markdown."""
    timings = Timing(0.01, 1.0, 1.0, 1.0), Timing(0.001, 0.1, 0.08, 0.12)
    measured = Measured(
        [
            Cost("f", "numpy", "clinometer", timings[0], True, 0.02, 33, 21),
            Cost("f", "numpy", "other", timings[1], False, 0.5, 4, 1),
        ],
        [
            Seen("f", "numpy", "float64", "other", RIGHT, caught=False),
            Seen("f", "numpy", "float64", "other", "sign", caught=True),
            Seen("g", "numpy", "float64", "other", "sign", caught=False),
        ],
        [Judged("ours", "float32", True, 0.1, 39, 16, 6e-7, 2e-5)],
        {"cpu": "this one"},
    )
    absent = replace(BY_LIBRARY["numpy"][1], name="autograd", requires="no-such-distribution")
    monkeypatch.setattr(writing, "CHECKERS", (*checkers.CHECKERS[:1], absent))
    text = markdown(measured)
    assert "| f | numpy | clinometer | 10 ms | 1 |  | 20 ms | 33 | 21 |" in text
    assert "| f | numpy | other | 1 ms | 0.1 | 0.08…0.12 | 500 ms | 4 | 1 |" in text
    assert "| other | numpy | float64 | 0/1 |" in text
    assert "| 1/2 |" in text
    assert "| ours | float32 | yes | 100 ms | 39 | 16 | 6.0e-07 | 2.0e-05 |" in text
    assert "Not installed, and so not measured: autograd (numpy)." in text
    assert text.endswith("cpu this one\n")


def test_the_page_shows_every_checker_and_every_fault() -> None:
    """In its tables."""
    page = (ROOT / "docs" / "checkers.md").read_text(encoding="utf-8")
    for checker in checkers.CHECKERS:
        for dtype in checker.dtypes:
            assert f"| {checker.name} | {checker.library} | {dtype} | " in page
    for columns in (writing.COST_COLUMNS, writing.power_columns(), writing.MODULE_COLUMNS):
        assert "| " + " | ".join(columns) + " |" in page
    assert all(f"| {name} | " in page for name in FUNCTIONS)
