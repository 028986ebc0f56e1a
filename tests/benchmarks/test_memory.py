"""The instruments for memory see what is known to be there."""

from __future__ import annotations

import mmap
import sys

import numpy as np
import pytest

from benchmarks import memory
from benchmarks.candidates import CANDIDATES, Candidate
from benchmarks.workloads import WORKLOADS

MEBI = 2**20
TIMES = 7


def temporary(case):
    """So many arrays of a mebibyte one after another, of which one at a time is alive."""

    def gradient():
        for _ in range(TIMES):
            np.ones(MEBI, dtype=np.uint8)
        return 0.0, {}

    return gradient


def kept(case):
    """An array of eight mebibytes, filled in every call and never given back."""
    buffers = []

    def gradient():
        if not buffers:
            buffers.append(np.empty(MEBI))
        buffers[0].fill(1)
        return 0.0, {}

    return gradient


def measured(monkeypatch: pytest.MonkeyPatch, build) -> memory.Memory:
    monkeypatch.setitem(CANDIDATES, "vectorised", Candidate(build))
    return memory.measure(WORKLOADS["tiny"], "float64", "vectorised")


def test_requests_are_counted_and_their_peak_is_that_of_what_lives_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Up to a few of the interpreter's own."""
    pytest.importorskip("memray")
    found = measured(monkeypatch, temporary)
    assert TIMES <= found.allocations <= TIMES + 2
    assert MEBI <= found.allocated_bytes < 2 * MEBI


def test_what_is_mapped_and_given_back_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though memray tells the size of both."""
    pytest.importorskip("memray")

    def mapped(case):
        def gradient():
            for _ in range(TIMES):
                mmap.mmap(-1, MEBI).close()
            return 0.0, {}

        return gradient

    assert TIMES <= measured(monkeypatch, mapped).allocations <= TIMES + 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_what_is_kept_from_call_to_call_is_held_and_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A workspace costs memory, though no warm call asks for any; pages come and go beside it."""
    found = measured(monkeypatch, kept)
    assert 7.5 * MEBI < found.memory_bytes < 10 * MEBI
    if found.allocations is not None:
        assert found.allocations <= 2
        assert found.allocated_bytes < MEBI
    assert measured(monkeypatch, temporary).memory_bytes < 3 * MEBI


def test_what_cannot_be_measured_is_not_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not tell and memray is not installed."""

    def untold(field: str) -> int:
        raise OSError(field)

    monkeypatch.setattr(memory, "_resident", untold)
    monkeypatch.setattr(memory, "find_spec", lambda name: None)
    assert measured(monkeypatch, kept) == memory.Memory(None, None, None)
