"""A dense layer along the last axis of arrays with any number of axes: y = x W + b.

For the layers that hold one, which so do not share the mistakes of `dense`: a wrong gradient is
to be laid to a single layer.
"""

from __future__ import annotations

from handgrad.arrays import Array, Shaped


def rows(x: Shaped[Array, "*n i"]) -> Shaped[Array, "_ i"]:
    """Every place of every sample as one row of a matrix."""
    return x.reshape(-1, x.shape[-1])


def linear(
    x: Shaped[Array, "*n i"], weight: Shaped[Array, "i o"], bias: Shaped[Array, " o"]
) -> Shaped[Array, "*n o"]:
    y = rows(x) @ weight
    y += bias
    return y.reshape(*x.shape[:-1], len(bias))


def linear_gradients(
    dy: Shaped[Array, "*n o"], x: Shaped[Array, "*n i"], weight: Shaped[Array, "i o"]
) -> tuple[Shaped[Array, "*n i"], Shaped[Array, "i o"], Shaped[Array, " o"]]:
    """Dx = dy Wᵀ, dW = Σ xᵀ dy, db = Σ dy, the sums over every place of every sample."""
    dx = (rows(dy) @ weight.T).reshape(x.shape)
    return dx, rows(x).T @ rows(dy), rows(dy).sum(axis=0)
