"""What one gradient takes in memory; each is measured in a process of its own.

Two instruments, as neither sees all. The system tells what the process holds: results, buffers
that are kept from call to call, compiled code. Memray sees each request for memory, of NumPy's,
of the frameworks' and of the libraries' beneath them alike, but not what was there already.
"""

from __future__ import annotations

import ctypes
import gc
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.candidates import CANDIDATES, Gradient
from benchmarks.workloads import WORKLOADS, Workload

#: Bytes; less than that, NumPy and Python serve from what they keep for small things.
LEAST = 1024
#: What memray records beside requests; MUNMAP with the size of what it gives back.
FREED = ("FREE", "PYMALLOC_FREE", "MUNMAP")


@dataclass(frozen=True)
class Memory:
    """Of one candidate on one workload; None of what cannot be had on this machine.

    memory_bytes: what the process holds at most while a second gradient is computed, beyond
    what it held before the first. allocated_bytes: what a warm gradient has asked for and not
    yet given back, at its peak. allocations: how often it asks for LEAST bytes or more.
    """

    memory_bytes: int | None
    allocated_bytes: int | None
    allocations: int | None


def measure(workload: Workload, dtype: str, name: str) -> Memory:
    """Of a process that nothing else has used, but for what the candidate itself loads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        build = CANDIDATES[name].build
        build(WORKLOADS["tiny"].case(dtype))()
        gradient = build(workload.case(dtype))
        return Memory(_held(gradient), *_requested(gradient))


def _held(gradient: Gradient) -> int | None:
    """By the process; only Linux tells."""
    try:
        _tidy()
        before = _resident("VmRSS")
        gradient()
        _tidy()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
        gradient()
        return max(0, _resident("VmHWM") - before)
    except OSError:
        return None


def _tidy() -> None:
    """Give back to the system what is not in use, where its C library can."""
    gc.collect()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _resident(field: str) -> int:
    """Bytes of the process in memory. Raises OSError where the system does not tell."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


def _requested(gradient: Gradient) -> tuple[int | None, int | None]:
    """At once at most, and how often; memray is not to be had on Windows."""
    if not find_spec("memray"):
        return None, None
    import memray

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests"
        with memray.Tracker(path, file_format=memray.FileFormat.ALL_ALLOCATIONS):
            gradient()
        reader = memray.FileReader(path)
        records = reader.get_allocation_records()
        requests = [r.size for r in records if memray.AllocatorType(r.allocator).name not in FREED]
        reader.close()
    return reader.metadata.peak_memory, sum(size >= LEAST for size in requests)
