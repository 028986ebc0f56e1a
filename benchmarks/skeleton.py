"""The matrix products of a workload and nothing else: what BLAS alone takes for its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from clinometer import Case
from clinometer.architecture.layers.attention import Attention
from clinometer.architecture.layers.convolution import Convolution2d
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.recurrent import LSTM

#: Layers that multiply no matrices.
WITHOUT = {"relu", "max_pool2d", "flatten", "embedding", "batch_norm", "layer_norm"}
PEAK = 1024
#: Bytes that are copied, more than caches hold.
COPIED = 2**27


class Product(NamedTuple):
    """Y = A B and its gradients dA = dY Bᵀ and dB = Aᵀ dY, or some of these, so many times.

    rows, inner, columns: A is rows × inner and B is inner × columns.
    """

    rows: int
    inner: int
    columns: int
    times: int = 1
    parts: tuple[str, ...] = ("y", "da", "db")


def products(case: Case) -> list[Product]:
    """Those of the layers that have some, in order, in the shapes that are usual and fast."""
    found = []
    for _, layer, shape in case.architecture.walk():
        found += list(_products(layer, shape, case.batch))
    return found


def _products(layer: Any, shape: tuple[int, ...], batch: int) -> Iterator[Product]:
    rows = batch * int(np.prod(shape[:-1]))
    if isinstance(layer, Dense):
        yield Product(rows, shape[-1], layer.units)
    elif isinstance(layer, Convolution2d):  # a row of all images at a time
        channels, height, width = layer.output_shape(shape)
        seen = shape[0] * int(np.prod(layer.kernel))
        yield Product(channels, seen, width * batch, height)
    elif isinstance(layer, LSTM):  # a step at a time, but for what the steps add to the weights
        steps, inputs = shape
        gates, joined = 4 * layer.units, inputs + layer.units
        yield Product(gates, joined, batch, steps, ("y", "db"))
        yield Product(gates, joined, batch * steps, 1, ("da",))
    elif isinstance(layer, Attention):
        width = layer.width // layer.heads
        yield Product(rows, shape[-1], layer.width, 3)
        yield Product(shape[0], width, shape[0], batch * layer.heads)
        yield Product(shape[0], shape[0], width, batch * layer.heads)
        yield Product(rows, layer.width, shape[-1])
    elif layer.kind not in WITHOUT:
        raise NotImplementedError(f"the matrix products of {layer.kind} are not counted")


def operations(case: Case) -> int:
    """Additions and multiplications in those products."""
    return sum(2 * m * k * n * times * len(parts) for m, k, n, times, parts in products(case))


def skeleton(case: Case) -> Callable[[], object]:
    """All of them by NumPy, each into an array that is there."""
    random = np.random.default_rng(0)
    steps = []
    for m, k, n, times, parts in products(case):
        a, b, dy = (random.normal(size=s).astype(case.dtype) for s in ((m, k), (k, n), (m, n)))
        factors = {"y": (a, b), "da": (dy, b.T), "db": (a.T, dy)}
        for left, right in (factors[part] for part in parts):
            steps += times * [partial(np.matmul, left, right, out=left @ right)]

    def run() -> None:
        for step in steps:
            step()

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
