"""Processes to measure in, of one thread each: new for each task, or lasting."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from typing import TypeVar

from benchmarks.command import Failed

T = TypeVar("T")

#: Read by the libraries as they load: in the processes that are started for the tasks.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
#: What was compiled in an earlier process is compiled again, so that a first call takes its time.
NO_CACHE = {"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}


def fresh() -> ProcessPoolExecutor:
    """One task at a time, each in a process that inherits nothing of what another left."""
    return _executor(tasks=1)


def lasting() -> ProcessPoolExecutor:
    """The same process for every task, one at a time."""
    return _executor(tasks=None)


def _executor(tasks: int | None) -> ProcessPoolExecutor:
    os.environ.update(ONE_THREAD | NO_CACHE)
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, spawn, _forget, max_tasks_per_child=tasks)


def _forget() -> None:
    """What numba and JAX compiled in another process is out of reach of this one."""
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    os.environ["NUMBA_CACHE_DIR"] = folder = tempfile.mkdtemp()
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=0)


def result(job: Future[T], what: str) -> T:
    """What a process has found. Raises Failed, in a sentence, where it found nothing."""
    try:
        return job.result()
    except BrokenProcessPool as error:
        raise Failed(
            f"the process that measured {what} was ended from outside; is there memory enough?"
        ) from error
    except Exception as error:
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        reason = " ".join(str(error).split())
        raise Failed(f"{what} could not be measured: {kind}{reason}") from error
