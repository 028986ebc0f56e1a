"""Processes to measure in: of one thread each, and new for each task."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from threadpoolctl import threadpool_info

#: Read by the libraries as they load: in the processes that are started for the tasks.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
#: What PyTorch compiled in an earlier run is compiled again, so that its first call takes its time.
NO_CACHE = {"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}


def fresh() -> ProcessPoolExecutor:
    """One task at a time, each in a process that inherits nothing of what another left."""
    os.environ.update(ONE_THREAD | NO_CACHE)
    os.environ |= unknown_processor() | os.environ
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, spawn, max_tasks_per_child=1)


def unknown_processor() -> dict[str, str]:
    """What makes OpenBLAS use AVX-512, where the processor has it and is not known to have it.

    OpenBLAS 0.3.31 takes AMD's Zen 5 for an older processor, at half the speed of its products.
    """
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    has = {"X86_V4", "AVX512_SKX"} & {*extensions["baseline"], *extensions["found"]}
    uses = {library.get("architecture") for library in threadpool_info()}
    return {"OPENBLAS_CORETYPE": "SkylakeX"} if has and uses & {"Haswell", "Zen"} else {}
