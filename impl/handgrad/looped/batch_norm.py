"""Batch normalisation in training, channel by channel: y_ck = w_c x̂_ck + b_c.

x̂_ck = (x_ck - μ_c) / √(σ²_c + ε), where k runs over all places of all samples, μ_c is their mean
and σ²_c their (biased) variance.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped import _normalise
from handgrad.looped._lists import same_range
from handgrad.looped._normalise import affine, affine_gradients, normalise, scaled
from handgrad.looped._shapes import channels, samples, shape_of

MIXES_SAMPLES = True


def forward(x: Lists, weight: Lists, bias: Lists, *, epsilon: float) -> tuple[Lists, Cache]:
    pairs = [normalise(row, epsilon) for row in channels(x)]
    normalised, deviations = [row for row, _ in pairs], [deviation for _, deviation in pairs]
    y = samples(affine(normalised, weight, bias), shape_of(x))
    return y, (normalised, deviations, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dx̂_ck = w_c dy_ck goes back through mean and variance."""
    normalised, deviations, weight = cache
    rows = channels(dy)
    drows = scaled(rows, weight)
    dx = [
        _normalise.backward(drows[c], normalised[c], deviations[c])
        for c in same_range(drows, normalised, deviations)
    ]
    return samples(dx, shape_of(dy)), *affine_gradients(rows, normalised)
