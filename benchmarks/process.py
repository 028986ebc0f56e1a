"""Processes to measure in: of one thread each, and new for each task."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

#: Read by the libraries as they load: in the processes that are started for the tasks.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
#: What PyTorch compiled in an earlier run is compiled again, so that its first call takes its time.
NO_CACHE = {"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}


def fresh() -> ProcessPoolExecutor:
    """One task at a time, each in a process that inherits nothing of what another left."""
    os.environ.update(ONE_THREAD | NO_CACHE)
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, spawn, max_tasks_per_child=1)
