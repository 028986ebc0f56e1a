"""A dense layer along the last axis of arrays with any number of axes: y = x W + b.

For the layers that hold one, which so do not share the mistakes of `dense`: a wrong gradient is
to be laid to a single layer.
"""

from __future__ import annotations

import numpy as np

from handgrad.arrays import Array, Shaped


def rows(x: Shaped[Array, "*n i"], samples: int | None = None) -> Shaped[Array, "... i"]:
    """Every place of every sample as one row of a matrix.

    samples: the axis along which samples are counted, for a matrix of each by itself.
    """
    if samples is None:
        return x.reshape(-1, x.shape[-1])
    return np.moveaxis(x, samples, 0).reshape(x.shape[samples], -1, x.shape[-1])


def linear(
    x: Shaped[Array, "*n i"], weight: Shaped[Array, "i o"], bias: Shaped[Array, " o"]
) -> Shaped[Array, "*n o"]:
    y = rows(x) @ weight
    y += bias
    return y.reshape(*x.shape[:-1], len(bias))


def linear_gradients(
    dy: Shaped[Array, "*n o"],
    x: Shaped[Array, "*n i"],
    weight: Shaped[Array, "i o"],
    samples: int | None = None,
) -> tuple[Shaped[Array, "*n i"], Shaped[Array, "... i o"], Shaped[Array, "... o"]]:
    """Dx = dy Wᵀ, dW = Σ xᵀ dy, db = Σ dy, the sums over the rows that `samples` makes."""
    dx = (rows(dy) @ weight.T).reshape(x.shape)
    dy_rows = rows(dy, samples)
    return dx, rows(x, samples).mT @ dy_rows, dy_rows.sum(axis=-2)
