"""Convolution along any number of axes, and its transpose, as matrix products.

What a window sees in the channels of one group is a column of a matrix X; the kernels of the
outputs of that group are the rows of a matrix W. Inside, rows of images come first and samples
last, so that a row of all samples goes into one product and columns are copied in long runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._small import in_blocks
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
    x = _rows_first(x)
    y = _product(weight, x, axes, groups)
    y += bias.reshape(-1, *(1 for _ in axes))
    return _as_images(y), (x, weight, axes, groups)


def backward(
    dy: Shaped[Array, "n o *counts"], cache: Cache, by_sample: bool
) -> tuple[Shaped[Array, "n c *sizes"], Shaped[Array, "..."], Shaped[Array, "... o"]]:
    """As in a dense layer, dX = Wᵀ dy, dW = dy Xᵀ and db = Σ dy; and dx is scattered dX."""
    (x, weight, axes, groups), dy = cache, _rows_first(dy)
    samples = dy.shape[-1:] if by_sample else ()
    dx = _transposed_product(weight, dy, axes, groups)
    dweight = _outer_product(dy, x, axes, groups, samples)
    dbias = _by_channel(dy, samples)
    return _as_images(dx), dweight, dbias


def transposed_forward(
    x: Shaped[Array, "n c *counts"],
    weight: Shaped[Array, "c _ *kernels"],
    bias: Shaped[Array, " o"],
    axes: Sequence[Axis],
    groups: int,
) -> tuple[Shaped[Array, "n o *sizes"], Cache]:
    """In each group, Y = Wᵀ x, which is scattered to y; and y + b."""
    x = _rows_first(x)
    y = _transposed_product(weight, x, axes, groups)
    y += bias.reshape(-1, *(1 for _ in axes))
    return _as_images(y), (x, weight, axes, groups)


def transposed_backward(
    dy: Shaped[Array, "n o *sizes"], cache: Cache, by_sample: bool
) -> tuple[Shaped[Array, "n c *counts"], Shaped[Array, "..."], Shaped[Array, "... o"]]:
    """With dY what the windows see of dy: dx = W dY, dW = x dYᵀ and db = Σ dy."""
    (x, weight, axes, groups), dy = cache, _rows_first(dy)
    samples = dy.shape[-1:] if by_sample else ()
    dx = _product(weight, dy, axes, groups)
    dkernels = _outer_product(x, dy, axes, groups, samples)
    return _as_images(dx), dkernels, _by_channel(dy, samples)


def _product(
    weight: Shaped[Array, "o _ *kernels"],
    x: Shaped[Array, "h c *w n"],
    axes: Sequence[Axis],
    groups: int,
) -> Shaped[Array, "p o *q n"]:
    """W X."""
    (count, *counts), rows = (axis.count for axis in axes), _rows(weight, groups)
    y = np.empty_like(x, shape=(count, len(weight), *counts, x.shape[-1]))
    for windows, block in blocks(axes, x):
        np.matmul(rows, _columns(x, block, groups), out=_in_groups(y[windows], groups))
    return y


def _transposed_product(
    weight: Shaped[Array, "o _ *kernels"],
    y: Shaped[Array, "p o *q n"],
    axes: Sequence[Axis],
    groups: int,
) -> Shaped[Array, "h c *w n"]:
    """Wᵀ y, scattered.

    That of neighbouring windows is a product itself, with the kernels turned over. It takes no
    sums, but the columns of all that is in y, which had better not be much more than is in x.
    """
    few = len(weight) <= groups * weight.shape[1] * axes[0].kernel
    if few and all(axis.stride == 1 for axis in axes):
        return _product(_turned(weight, groups), y, [axis.turned() for axis in axes], groups)
    (size, *sizes), columns = (axis.size for axis in axes), _rows(weight, groups).mT
    x = np.zeros_like(y, shape=(size, groups * weight.shape[1], *sizes, y.shape[-1]))
    for windows, block in blocks(axes, x):
        products = columns @ _in_groups(y[windows], groups)
        shape = len(products), groups, axes[0].kernel, -1, products.shape[-1]
        scatter(products.reshape(shape).swapaxes(1, 2), block, x)
    return x


def _outer_product(
    y: Shaped[Array, "p o *q n"],
    x: Shaped[Array, "h c *w n"],
    axes: Sequence[Axis],
    groups: int,
    samples: tuple[int, ...],
) -> Shaped[Array, "... o _ *kernels"]:
    """X yᵀ, of all samples together or of so many by themselves."""
    total: Any = 0
    for windows, block in blocks(axes, x):
        columns, rows = _columns(x, block, groups), _in_groups(y[windows], groups)
        if samples:
            columns, rows = (_apart(array, *samples) for array in (columns, rows))
        parts, rows = in_blocks(columns, rows.shape[-2]), rows.mT[..., None, :, :]
        if parts.shape[-3] > 1:
            rows = rows.copy()  # each part reads it, which is faster in this order
        total = total + (parts @ rows).sum(axis=-5)
    kernel, *kernels = (axis.kernel for axis in axes)
    total = total.reshape(*samples, groups, kernel, -1, *kernels, y.shape[1] // groups)
    by_row = np.moveaxis(total, -1, -len(axes) - 2).swapaxes(-len(axes) - 1, -len(axes))
    dweight: Array = by_row.reshape(*samples, y.shape[1], -1, kernel, *kernels)
    return dweight


def _rows_first(x: Shaped[Array, "n c h *w"]) -> Shaped[Array, "h c *w n"]:
    return np.moveaxis(wide(x).swapaxes(1, 2), 0, -1).copy()


def _as_images(x: Shaped[Array, "h c *w n"]) -> Shaped[Array, "n c h *w"]:
    """As a view: the next convolution wants the rows first again."""
    return np.moveaxis(x, -1, 0).swapaxes(1, 2)


def _columns(
    x: Shaped[Array, "h c *w n"], axes: Sequence[Axis], groups: int
) -> Shaped[Array, "p g k t"]:
    """X of each row of windows, in the channels of each group."""
    stacks = gather(x, axes)
    rows, kernel, _, places = stacks.shape
    apart = stacks.reshape(rows, kernel, groups, -1, places).swapaxes(1, 2)
    return apart.reshape(rows, groups, -1, places)


def _in_groups(y: Shaped[Array, "p o *q n"], groups: int) -> Shaped[Array, "p g _ t"]:
    return y.reshape(len(y), groups, y.shape[1] // groups, -1)


def _apart(array: Shaped[Array, "p g k t"], samples: int) -> Shaped[Array, "n p g k _"]:
    return np.moveaxis(array.reshape(*array.shape[:-1], -1, samples), -1, 0)


def _rows(weight: Shaped[Array, "o _ *kernels"], groups: int) -> Shaped[Array, "g _ k"]:
    """W of each group, row by row of the kernels."""
    return wide(weight).swapaxes(1, 2).reshape(groups, len(weight) // groups, -1)


def _turned(weight: Shaped[Array, "o _ *kernels"], groups: int) -> Shaped[Array, "c _ *kernels"]:
    """The kernels from the outputs of each group to its channels, turned over."""
    outputs, _, *kernels = weight.shape
    turned: Array = np.flip(weight, tuple(range(2, weight.ndim)))
    apart = turned.reshape(groups, outputs // groups, -1, *kernels).swapaxes(1, 2)
    return apart.reshape(-1, outputs // groups, *kernels)


def _by_channel(dy: Shaped[Array, "h o *w n"], samples: tuple[int, ...]) -> Shaped[Array, "... o"]:
    """The sum over all places, and over the samples unless they are kept apart."""
    total: Array = dy.reshape(*dy.shape[:2], -1, *samples).sum(axis=(0, 2))
    return total.T
