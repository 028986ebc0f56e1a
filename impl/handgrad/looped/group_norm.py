"""Group normalisation, group by group: y = w_c x̂ + b_c for the numbers of each channel c.

x̂ = (x - μ) / √(σ² + ε), with mean and (biased) variance of all numbers of one sample and one group
of neighbouring channels.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists, require_groups
from handgrad.looped import _normalise
from handgrad.looped._lists import elements
from handgrad.looped._normalise import affine, affine_gradients, normalise, scaled
from handgrad.looped._shapes import channels, nested, samples, shape_of, split


def forward(
    x: Lists, weight: Lists, bias: Lists, *, groups: int, epsilon: float
) -> tuple[Lists, Cache]:
    require_groups(len(x[0]), groups)
    shape = shape_of(x)
    pairs = [normalise(row, epsilon) for row in split(elements(x), len(x) * groups)]
    normalised = channels(nested([number for row, _ in pairs for number in row], shape))
    return samples(affine(normalised, weight, bias), shape), (pairs, normalised, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dx̂ = w_c dy goes back through each group's mean and variance."""
    pairs, normalised, weight = cache
    shape, rows = shape_of(dy), channels(dy)
    dnormalised = elements(samples(scaled(rows, weight), shape))
    dx = [
        number
        for drow, pair in zip(split(dnormalised, len(pairs)), pairs, strict=True)
        for number in _normalise.backward(drow, *pair)
    ]
    return nested(dx, shape), *affine_gradients(rows, normalised)
