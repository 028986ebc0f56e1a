"""Layer normalisation, row by row: yᵣₖ = wₖ x̂ᵣₖ + bₖ.

x̂ᵣₖ = (xᵣₖ - μᵣ) / √(σ²ᵣ + ε), where k runs over the last axes, as many as the weight has, and r
over all others.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped import _normalise
from handgrad.looped._lists import elements, same_range
from handgrad.looped._normalise import normalise
from handgrad.looped._shapes import nested, shape_of, split


def forward(x: Lists, weight: Lists, bias: Lists, *, epsilon: float) -> tuple[Lists, Cache]:
    w, b, numbers = elements(weight), elements(bias), elements(x)
    pairs = [normalise(row, epsilon) for row in split(numbers, len(numbers) // len(w))]
    places = same_range(pairs[0][0], w, b)
    y = [w[k] * normalised[k] + b[k] for normalised, _ in pairs for k in places]
    return nested(y, shape_of(x)), (pairs, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists]:
    """dx̂ᵣₖ = wₖ dyᵣₖ goes back through mean and variance;  dwₖ = Σᵣ dyᵣₖ x̂ᵣₖ,  dbₖ = Σᵣ dyᵣₖ."""
    pairs, weight = cache
    w, shape = elements(weight), shape_of(weight)
    places, rows = range(len(w)), range(len(pairs))
    drows = split(elements(dy), len(rows))
    dx = [
        number
        for r in rows
        for number in _normalise.backward([w[k] * drows[r][k] for k in places], *pairs[r])
    ]
    dweight = [sum(drows[r][k] * pairs[r][0][k] for r in rows) for k in places]
    dbias = [sum(drows[r][k] for r in rows) for k in places]
    return nested(dx, shape_of(dy)), nested(dweight, shape), nested(dbias, shape)
