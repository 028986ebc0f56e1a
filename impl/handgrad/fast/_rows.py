"""Normalisation of each row by itself, forward and backward in one pass each over the rows.

Row r has the weights and biases of group r mod g, if there are g groups.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from handgrad.arrays import Array, Shaped
from handgrad.fast._compiled import compiled, moments, products, total


class Rows(NamedTuple):
    """What the backward pass needs of the forward pass.

    Attributes:
        rows: the numbers x of each row.
        statistics: for each row what is taken off in two steps, the mean and the mean of what is
            left, and 1 / σ: x̂ = ((x - first) - second) / σ.
        weights: the weights of each group.
        centred: whether anything is taken off at all.
    """

    rows: Shaped[Array, "r m"]
    statistics: Shaped[Array, "r 3"]
    weights: Shaped[Array, "g m"]
    centred: bool


def forward(
    rows: Shaped[Array, "r m"],
    weights: Shaped[Array, "g m"],
    biases: Shaped[Array, "g m"],
    epsilon: float,
    centred: bool,
) -> tuple[Shaped[Array, "r m"], Rows]:
    """Y = w x̂ + b."""
    rows, weights = np.ascontiguousarray(rows), np.ascontiguousarray(weights)
    statistics = np.zeros_like(rows, shape=(len(rows), 3))
    y = np.empty_like(rows)
    _forward(rows, weights, np.ascontiguousarray(biases), epsilon, centred, statistics, y)
    return y, Rows(rows, statistics, weights, centred)


def backward(
    dy: Shaped[Array, "r m"], cache: Rows, tables: int = 1
) -> tuple[Shaped[Array, "r m"], Shaped[Array, "s g m"], Shaped[Array, "s g m"]]:
    """Dx, and dw = Σ dy x̂ and db = Σ dy in so many tables, each of as many rows one after another.

    The formulas are those of `handgrad.vectorised._normalise`.
    """
    dweights = np.zeros_like(cache.weights, shape=(tables, *cache.weights.shape))
    dbiases = np.zeros_like(dweights)
    dx = np.empty_like(cache.rows)
    _backward(np.ascontiguousarray(dy), *cache, dweights, dbiases, dx)
    return dx, dweights, dbiases


@compiled
def _forward(
    x: Array,
    weights: Array,
    biases: Array,
    epsilon: float,
    centred: bool,
    statistics: Array,
    y: Array,
) -> None:
    kind, size = x.dtype.type, x.shape[1]
    for r in range(len(x)):
        g = r % len(weights)
        first = kind(x[r, 0] + total(x[r], x[r, 0]) / size) if centred else kind(0)
        rest, squares = moments(x[r], first)
        second = kind(rest / size) if centred else kind(0)
        inverse = kind(1 / np.sqrt(squares / size - second * second + epsilon))
        for j in range(size):
            y[r, j] = weights[g, j] * (((x[r, j] - first) - second) * inverse) + biases[g, j]
        statistics[r, 0], statistics[r, 1], statistics[r, 2] = first, second, inverse


@compiled
def _backward(
    dy: Array,
    x: Array,
    statistics: Array,
    weights: Array,
    centred: bool,
    dweights: Array,
    dbiases: Array,
    dx: Array,
) -> None:
    kind, size = x.dtype.type, x.shape[1]
    for r in range(len(x)):
        g, table = r % len(weights), r // (len(x) // len(dweights))
        first, second, inverse = statistics[r, 0], statistics[r, 1], statistics[r, 2]
        for j in range(size):
            dx[r, j] = ((x[r, j] - first) - second) * inverse
        for j in range(size):
            dweights[table, g, j] += dy[r, j] * dx[r, j]
            dbiases[table, g, j] += dy[r, j]
        whole, along = products(weights[g], dy[r], dx[r])
        mean, along = kind(whole / size) if centred else kind(0), kind(along / size)
        for j in range(size):
            dx[r, j] = ((weights[g, j] * dy[r, j] - mean) - dx[r, j] * along) * inverse
