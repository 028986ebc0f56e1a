"""Convolution along any number of axes, and its transpose, as matrix products.

What a window sees in the channels of one group is a column of a matrix X; the kernels of the
outputs of that group are the rows of a matrix W.
"""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._wide import wide
from handgrad.vectorised._windows import Axis, gather, scatter


def forward(
    x: Shaped[Array, "n c *sizes"],
    weight: Shaped[Array, "o _ *kernels"],
    bias: Shaped[Array, " o"],
    axes: Sequence[Axis],
    groups: int,
) -> tuple[Shaped[Array, "n o *counts"], Cache]:
    """In each group, y = W X + b."""
    columns = _in_groups(gather(wide(x), axes), groups)
    y = (_rows(weight, groups) @ columns).reshape(len(x), -1, *(axis.count for axis in axes))
    return y + _by_channel(bias, axes), (columns, weight, axes, groups)


def backward(
    dy: Shaped[Array, "n o *counts"], cache: Cache
) -> tuple[Shaped[Array, "n c *sizes"], Shaped[Array, "o _ *kernels"], Shaped[Array, " o"]]:
    """As in a dense layer, dX = Wᵀ dy, dW = Σₙ dy Xᵀ and db = Σ dy; and dx is scattered dX."""
    (columns, weight, axes, groups), dy = cache, wide(dy)
    outputs = _in_groups(dy, groups)
    dcolumns = _rows(weight, groups).swapaxes(1, 2) @ outputs
    dweight = (outputs @ columns.swapaxes(2, 3)).sum(axis=0).reshape(weight.shape)
    dbias = dy.sum(axis=(0, *range(2, dy.ndim)))
    return scatter(_ungrouped(dcolumns), axes), dweight, dbias


def transposed_forward(
    x: Shaped[Array, "n c *counts"],
    weight: Shaped[Array, "c _ *kernels"],
    bias: Shaped[Array, " o"],
    axes: Sequence[Axis],
    groups: int,
) -> tuple[Shaped[Array, "n o *sizes"], Cache]:
    """In each group, Y = Wᵀ x, which is scattered to y; and y + b."""
    inputs = _in_groups(wide(x), groups)
    columns = _rows(weight, groups).swapaxes(1, 2) @ inputs
    y = scatter(_ungrouped(columns), axes)
    return y + _by_channel(bias, axes), (inputs, weight, axes, groups)


def transposed_backward(
    dy: Shaped[Array, "n o *sizes"], cache: Cache
) -> tuple[Shaped[Array, "n c *counts"], Shaped[Array, "c _ *kernels"], Shaped[Array, " o"]]:
    """With dY what the windows see of dy: dx = W dY, dW = Σₙ x dYᵀ and db = Σ dy."""
    (inputs, weight, axes, groups), dy = cache, wide(dy)
    dcolumns = _in_groups(gather(dy, axes), groups)
    dx = (_rows(weight, groups) @ dcolumns).reshape(len(dy), -1, *(axis.count for axis in axes))
    dweight = (inputs @ dcolumns.swapaxes(2, 3)).sum(axis=0).reshape(weight.shape)
    return dx, dweight, dy.sum(axis=(0, *range(2, dy.ndim)))


def _in_groups(array: Shaped[Array, "n c *sizes"], groups: int) -> Shaped[Array, "n g _ t"]:
    return array.reshape(len(array), groups, array.shape[1] // groups, -1)


def _ungrouped(array: Shaped[Array, "n g c t"]) -> Shaped[Array, "n _ t"]:
    return array.reshape(len(array), -1, array.shape[3])


def _rows(weight: Shaped[Array, "c _ *kernels"], groups: int) -> Shaped[Array, "g _ ck"]:
    return wide(weight).reshape(groups, len(weight) // groups, -1)


def _by_channel(bias: Shaped[Array, " o"], axes: Sequence[Axis]) -> Shaped[Array, "o *_"]:
    return bias.reshape(-1, *(1 for _ in axes))
