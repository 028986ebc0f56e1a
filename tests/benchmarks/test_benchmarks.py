"""Vectorised against looped gradients, and the processes they are measured in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import gradients, loops, process, proof, report
from benchmarks.candidates import CANDIDATES
from benchmarks.gradients import DTYPES, SIZES, SUBJECTS
from tests.benchmarks.runs import QUICK, spoilt

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize(
    "measure",
    [
        partial(gradients.measure, "small", "float32", QUICK),
        partial(gradients.measure, "small", "float64", QUICK),
        partial(loops.measure, "batch", (3, 2), 4, QUICK),
    ],
)
def test_what_is_wrong_is_not_timed(
    monkeypatch: pytest.MonkeyPatch, measure: Any, name: str
) -> None:
    """One part in a thousand in one array is enough to be refused."""
    measure()
    monkeypatch.setitem(CANDIDATES, name, spoilt(CANDIDATES[name], 1.001))
    with pytest.raises(proof.Wrong, match=f"the gradient of {name} on .* is off by"):
        measure()


def test_the_benchmark_prints_and_writes_a_row_for_each_gradient(tmp_path: Path) -> None:
    """On one thread, as the first line of the file tells."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "--size", "small"]
    command += ["--results", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(s) for s in (tmp_path / "gradients.jsonl").read_text("utf-8").splitlines()]
    surroundings, rows = lines[0], lines[1:]
    assert surroundings["threads"] == 1
    assert surroundings["blas"]
    assert {(tuple(r["widths"]), r["dtype"], r["candidate"]) for r in rows} == {
        (SIZES["small"], dtype, candidate) for dtype in DTYPES for candidate in SUBJECTS
    }
    assert all(row["ratio"] == 1 for row in rows if row["candidate"] == "vectorised")
    table = (tmp_path / "gradients.md").read_text("utf-8")
    for text in (done.stdout, table):
        assert sum("4-16-3" in line and "looped" in line for line in text.splitlines()) == 2


def test_a_process_to_measure_in_is_new_and_has_one_thread_and_no_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it is told before it loads anything."""
    for name in {**process.ONE_THREAD, **process.NO_CACHE}:
        monkeypatch.setenv(name, "")  # so that they are taken back
    caches = ("JAX_COMPILATION_CACHE_DIR", "NUMBA_CACHE_DIR")
    for name in caches:
        monkeypatch.setenv(name, "that of earlier runs")
    with process.fresh() as executor:
        jobs = [executor.submit(os.getenv, name) for name in os.environ if name.endswith("THREADS")]
        cached = executor.submit(os.getenv, "TORCHINDUCTOR_FORCE_DISABLE_CACHES").result()
        jax, first = (executor.submit(os.getenv, name).result() for name in caches)
        second = executor.submit(os.getenv, caches[1]).result()
        pids = {executor.submit(os.getpid).result() for _ in range(2)}
        assert {job.result() for job in jobs} == {"1"}
    assert cached == "1"
    assert jax is None
    assert len({first, second, "that of earlier runs"}) == 3
    assert not Path(first).exists()
    assert len(pids) == 2


def test_a_lasting_process_is_the_same_for_every_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """And of one thread."""
    for name in {**process.ONE_THREAD, **process.NO_CACHE}:
        monkeypatch.setenv(name, "")  # so that they are taken back
    with process.lasting() as executor:
        pids = {executor.submit(os.getpid).result() for _ in range(2)}
        threads = executor.submit(os.getenv, "OPENBLAS_NUM_THREADS").result()
    assert len(pids) == 1 < len(pids | {os.getpid()})
    assert threads == "1"


def test_what_threadpoolctl_would_tell_is_a_dash_without_it() -> None:
    """Nothing else needs it: only a checkout has the dependency group that it is in."""
    code = (
        "import sys; sys.modules['threadpoolctl'] = None  # as if it were not installed\n"
        "from benchmarks import report, side_by_side\n"
        "print(ascii(report.environment()['blas']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.stdout.strip() == ascii(report.UNKNOWN).encode(), done.stderr
