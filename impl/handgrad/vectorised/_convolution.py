"""Convolution along any number of axes, and its transpose, as matrix products.

What a window sees in the channels of one group is a column of a matrix X; the kernels of the
outputs of that group are the rows of a matrix W. Inside, the samples are the last axis, so that
all of them go into one product and columns are copied in long runs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._wide import wide
from handgrad.vectorised._windows import Axis, blocks, gather, scatter


def forward(
    x: Shaped[Array, "n c *sizes"],
    weight: Shaped[Array, "o _ *kernels"],
    bias: Shaped[Array, " o"],
    axes: Sequence[Axis],
    groups: int,
) -> tuple[Shaped[Array, "n o *counts"], Cache]:
    """In each group, y = W X + b."""
    x = _samples_last(x)
    y = _product(weight, x, axes, groups)
    y += _by_channel(bias, axes)
    return _samples_first(y), (x, weight, axes, groups)


def backward(
    dy: Shaped[Array, "n o *counts"], cache: Cache, by_sample: bool
) -> tuple[Shaped[Array, "n c *sizes"], Shaped[Array, "..."], Shaped[Array, "... o"]]:
    """As in a dense layer, dX = Wᵀ dy, dW = dy Xᵀ and db = Σ dy; and dx is scattered dX."""
    (x, weight, axes, groups), dy = cache, _samples_last(dy)
    samples = dy.shape[-1:] if by_sample else ()
    dx = _transposed_product(weight, dy, axes, groups)
    dweight = _outer_product(dy, x, axes, groups, samples).reshape(*samples, *weight.shape)
    dbias = dy.reshape(len(dy), -1, *samples).sum(axis=1).T
    return _samples_first(dx), dweight, dbias


def transposed_forward(
    x: Shaped[Array, "n c *counts"],
    weight: Shaped[Array, "c _ *kernels"],
    bias: Shaped[Array, " o"],
    axes: Sequence[Axis],
    groups: int,
) -> tuple[Shaped[Array, "n o *sizes"], Cache]:
    """In each group, Y = Wᵀ x, which is scattered to y; and y + b."""
    x = _samples_last(x)
    y = _transposed_product(weight, x, axes, groups)
    y += _by_channel(bias, axes)
    return _samples_first(y), (x, weight, axes, groups)


def transposed_backward(
    dy: Shaped[Array, "n o *sizes"], cache: Cache, by_sample: bool
) -> tuple[Shaped[Array, "n c *counts"], Shaped[Array, "..."], Shaped[Array, "... o"]]:
    """With dY what the windows see of dy: dx = W dY, dW = x dYᵀ and db = Σ dy."""
    (x, weight, axes, groups), dy = cache, _samples_last(dy)
    samples = dy.shape[-1:] if by_sample else ()
    dx = _product(weight, dy, axes, groups)
    dkernels = _outer_product(x, dy, axes, groups, samples).reshape(*samples, *weight.shape)
    return _samples_first(dx), dkernels, dy.reshape(len(dy), -1, *samples).sum(axis=1).T


def _product(
    weight: Shaped[Array, "o _ *kernels"],
    x: Shaped[Array, "c *sizes n"],
    axes: Sequence[Axis],
    groups: int,
) -> Shaped[Array, "o *counts n"]:
    """W X."""
    rows, counts = _rows(weight, groups), (axis.count for axis in axes)
    y = np.empty_like(x, shape=(len(weight), *counts, x.shape[-1]))
    for windows, block in blocks(axes, x):
        part = y[:, windows]
        part[...] = (rows @ _in_groups(gather(x, block), groups)).reshape(part.shape)
    return y


def _transposed_product(
    weight: Shaped[Array, "o _ *kernels"],
    y: Shaped[Array, "o *counts n"],
    axes: Sequence[Axis],
    groups: int,
) -> Shaped[Array, "c *sizes n"]:
    """Wᵀ y, scattered."""
    columns = _rows(weight, groups).swapaxes(1, 2)
    sizes = (axis.size for axis in axes)
    x = np.zeros_like(y, shape=(groups * weight.shape[1], *sizes, y.shape[-1]))
    for windows, block in blocks(axes, x):
        scatter(columns @ _in_groups(y[:, windows], groups), block, x)
    return x


def _outer_product(
    y: Shaped[Array, "o *counts n"],
    x: Shaped[Array, "c *sizes n"],
    axes: Sequence[Axis],
    groups: int,
    samples: tuple[int, ...],
) -> Shaped[Array, "... g _ _"]:
    """Y Xᵀ, of all samples together or of so many by themselves."""
    parts = [
        _in_groups(y[:, windows], groups, samples)
        @ _in_groups(gather(x, block), groups, samples).mT
        for windows, block in blocks(axes, x)
    ]
    return sum(parts[1:], start=parts[0])


def _samples_last(x: Shaped[Array, "n *c"]) -> Shaped[Array, "*c n"]:
    return np.moveaxis(wide(x), 0, -1).copy()


def _samples_first(x: Shaped[Array, "*c n"]) -> Shaped[Array, "n *c"]:
    """As a view: the next convolution wants the samples last again."""
    return np.moveaxis(x, -1, 0)


def _in_groups(
    array: Shaped[Array, "c *sizes"], groups: int, samples: tuple[int, ...] = ()
) -> Shaped[Array, "... g _ t"]:
    """The channels of each group, of all samples together or of so many by themselves."""
    together = array.reshape(groups, len(array) // groups, -1, *samples)
    return np.moveaxis(together, -1, 0).copy() if samples else together


def _rows(weight: Shaped[Array, "o _ *kernels"], groups: int) -> Shaped[Array, "g _ ck"]:
    return wide(weight).reshape(groups, len(weight) // groups, -1)


def _by_channel(bias: Shaped[Array, " o"], axes: Sequence[Axis]) -> Shaped[Array, "o *_"]:
    return bias.reshape(-1, *(1 for _ in axes), 1)
