"""Normalisation of each channel over all samples and places.

A sample is a row of numbers, so many places of each channel side by side. Sums run down the
columns, of which the processor adds many at once, and then over the places.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from handgrad.arrays import Array, Shaped
from handgrad.fast._compiled import compiled

#: From so many samples comes a guess of the mean, which is nearly always near enough.
FEW = 32


class Columns(NamedTuple):
    """What the backward pass needs of the forward pass.

    Attributes:
        x: a row for each sample.
        statistics: for each column what is taken off in two steps, a number near the mean and the
            mean of what is left, and 1 / σ: x̂ = ((x - first) - second) / σ.
        weights: the weight of each column.
        places: the number of columns of a channel.
    """

    x: Shaped[Array, "n k"]
    statistics: Shaped[Array, "3 k"]
    weights: Shaped[Array, " k"]
    places: int


def forward(
    x: Shaped[Array, "n k"],
    weight: Shaped[Array, " c"],
    bias: Shaped[Array, " c"],
    epsilon: float,
    places: int,
) -> tuple[Shaped[Array, "n k"], Columns]:
    """Y = w x̂ + b."""
    x = np.ascontiguousarray(x)
    weights, biases = np.repeat(weight, places), np.repeat(bias, places)
    statistics = np.zeros_like(x, shape=(3, x.shape[1]))
    y = np.empty_like(x)
    _forward(x, weights, biases, epsilon, places, statistics, y)
    return y, Columns(x, statistics, weights, places)


def backward(
    dy: Shaped[Array, "n k"], cache: Columns
) -> tuple[Shaped[Array, "n k"], Shaped[Array, " c"], Shaped[Array, " c"]]:
    """Dx, dw = Σ dy x̂ and db = Σ dy. The formulas are those of `handgrad.vectorised._normalise`."""
    sums = np.zeros_like(cache.statistics, shape=(2, cache.x.shape[1]))
    dx = np.empty_like(cache.x)
    _backward(np.ascontiguousarray(dy), *cache, sums, dx)
    dweight, dbias = sums[:, :: cache.places].copy()
    return dx, dweight, dbias


@compiled
def _fold(sums: Shaped[Array, " k"], places: int, count: Any) -> None:
    """The sum over the places of each channel, divided by a count, in all of its columns."""
    for start in range(0, len(sums), places):
        folded = sums[start]
        for j in range(start + 1, start + places):
            folded += sums[j]
        for j in range(start, start + places):
            sums[j] = folded / count


@compiled
def _moments(x: Array, first: Array, second: Array, variance: Array, places: int) -> None:
    """The mean and the mean square of what is left of each channel without its `first`."""
    second[:] = 0
    variance[:] = 0
    for r in range(len(x)):
        for j in range(x.shape[1]):
            centred = x[r, j] - first[j]
            second[j] += centred
            variance[j] += centred * centred
    _fold(second, places, len(x) * places)
    _fold(variance, places, len(x) * places)


@compiled
def _forward(
    x: Array,
    weights: Array,
    biases: Array,
    epsilon: float,
    places: int,
    statistics: Array,
    y: Array,
) -> None:
    first, second, variance = statistics[0], statistics[1], statistics[2]
    for start in range(0, x.shape[1], places):
        first[start : start + places] = x[0, start]
    # Squares lose digits if they are taken far from the mean: then once more, from the mean.
    _moments(x[:FEW], first, second, variance, places)
    first += second
    _moments(x, first, second, variance, places)
    if np.any(2 * second * second > variance):
        first += second
        _moments(x, first, second, variance, places)
    inverse = variance
    for j in range(len(inverse)):
        inverse[j] = 1 / np.sqrt(variance[j] - second[j] * second[j] + epsilon)
    for r in range(len(x)):
        for j in range(x.shape[1]):
            normalised = ((x[r, j] - first[j]) - second[j]) * inverse[j]
            y[r, j] = weights[j] * normalised + biases[j]


@compiled
def _backward(
    dy: Array,
    x: Array,
    statistics: Array,
    weights: Array,
    places: int,
    sums: Array,
    dx: Array,
) -> None:
    first, second, inverse = statistics[0], statistics[1], statistics[2]
    along, total = sums[0], sums[1]
    for r in range(len(x)):
        for j in range(x.shape[1]):
            dx[r, j] = ((x[r, j] - first[j]) - second[j]) * inverse[j]
        for j in range(x.shape[1]):
            along[j] += dy[r, j] * dx[r, j]
            total[j] += dy[r, j]
    _fold(along, places, 1)
    _fold(total, places, 1)
    count, scale = x.dtype.type(len(x) * places), weights * inverse
    means, slopes = total / count, along / count
    for r in range(len(x)):
        for j in range(x.shape[1]):
            dx[r, j] = scale[j] * ((dy[r, j] - means[j]) - dx[r, j] * slopes[j])
