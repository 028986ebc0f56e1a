"""The matrix products of a workload and nothing else: what BLAS alone takes for its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from clinometer import Case

#: Rows, inner size, columns of A B; how often. Each comes with dA = dY Bᵀ and dB = Aᵀ dY.
Product: TypeAlias = tuple[int, int, int, int]
PEAK = 1024
#: Bytes that are copied, more than caches hold.
COPIED = 2**27


def products(case: Case) -> list[Product]:
    """Those of the layers that have some, in order."""
    found = []
    for _, layer, shape in case.architecture.walk():
        found += list(_products(layer, shape, case.batch))
    return found


def _products(layer: Any, shape: tuple[int, ...], batch: int) -> Iterator[Product]:
    rows = batch * int(np.prod(shape[:-1]))
    if layer.kind == "dense":
        yield rows, shape[-1], layer.units, 1
    elif layer.kind == "convolution2d":
        channels, *places = layer.output_shape(shape)
        yield channels, shape[0] * int(np.prod(layer.kernel)), batch * int(np.prod(places)), 1
    elif layer.kind == "lstm":
        yield rows, shape[-1], 4 * layer.units, 1
        yield batch, layer.units, 4 * layer.units, shape[0]
    elif layer.kind == "attention":
        width = layer.width // layer.heads
        yield rows, shape[-1], layer.width, 3
        yield shape[0], width, shape[0], batch * layer.heads
        yield shape[0], shape[0], width, batch * layer.heads
        yield rows, layer.width, shape[-1], 1


def operations(case: Case) -> int:
    """Additions and multiplications in those products."""
    return sum(6 * m * k * n * times for m, k, n, times in products(case))


def skeleton(case: Case) -> Callable[[], object]:
    """All of them by NumPy, each into an array that is there."""
    random = np.random.default_rng(0)
    steps = []
    for m, k, n, times in products(case):
        a, b, dy = (random.normal(size=s).astype(case.dtype) for s in ((m, k), (k, n), (m, n)))
        steps.append((a, b, dy, np.empty_like(a), np.empty_like(b), np.empty_like(dy), times))

    def run() -> None:
        for a, b, dy, da, db, y, times in steps:
            for _ in range(times):
                np.matmul(a, b, out=y)
                np.matmul(dy, b.T, out=da)
                np.matmul(a.T, dy, out=db)

    return run


def copy() -> Callable[[], object]:
    """One large array into another, as fast as memory gives and takes."""
    a = np.ones(COPIED, dtype=np.uint8)
    out = np.empty_like(a)
    return lambda: np.copyto(out, a)


def peak(dtype: str) -> Callable[[], object]:
    """One large square product, as fast as BLAS gets."""
    a = np.random.default_rng(0).normal(size=(PEAK, PEAK)).astype(dtype)
    out = np.empty_like(a)
    return lambda: np.matmul(a, a, out=out)
