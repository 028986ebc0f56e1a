"""Batch normalisation after training, by mean and variance that are given: y_ck = w_c x̂_ck + b_c.

x̂_ck = (x_ck - μ_c) / √(σ²_c + ε), where k runs over all places of all samples.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import same_range, sqrt
from handgrad.looped._normalise import affine, affine_gradients
from handgrad.looped._shapes import channels, samples, shape_of


def forward(
    x: Lists, weight: Lists, bias: Lists, *, mean: Lists, variance: Lists, epsilon: float
) -> tuple[Lists, Cache]:
    rows = channels(x)
    deviation = [sqrt(number + epsilon) for number in variance]
    normalised = [
        [(number - mean[c]) / deviation[c] for number in rows[c]]
        for c in same_range(rows, mean, deviation)
    ]
    y = samples(affine(normalised, weight, bias), shape_of(x))
    return y, (normalised, deviation, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dx_ck = w_c dy_ck / √(σ²_c + ε)."""
    normalised, deviation, weight = cache
    rows = channels(dy)
    dx = [[weight[c] * number / deviation[c] for number in rows[c]] for c in range(len(rows))]
    return samples(dx, shape_of(dy)), *affine_gradients(rows, normalised)
