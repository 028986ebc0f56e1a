"""Normalisation by the root mean square of each row: yᵣₖ = wₖ x̂ᵣₖ with x̂ᵣₖ = xᵣₖ / sᵣ.

sᵣ = √(Σₖ x²ᵣₖ / f + ε), where k runs over the last axis and r over all others.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import rows, same_range, sqrt
from handgrad.looped._shapes import nested, shape_of


def forward(x: Lists, weight: Lists, *, epsilon: float) -> tuple[Lists, Cache]:
    normalised, sizes, f = [], [], len(weight)
    for row in rows(x):
        sizes.append(sqrt(sum(number * number for number in row) / f + epsilon))
        normalised.append([number / sizes[-1] for number in row])
    places = same_range(normalised[0], weight)
    y = [weight[k] * row[k] for row in normalised for k in places]
    return nested(y, shape_of(x)), (normalised, sizes, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists]:
    """∂x̂ᵣⱼ/∂xᵣᵢ = (δᵢⱼ - x̂ᵣᵢ x̂ᵣⱼ / f) / sᵣ, so dxᵣᵢ = Σⱼ wⱼ dyᵣⱼ (δᵢⱼ - x̂ᵣᵢ x̂ᵣⱼ / f) / sᵣ."""
    x, sizes, weight = cache
    drows, places, f = rows(dy), range(len(weight)), len(weight)
    dx = [
        sum(weight[j] * drows[r][j] * ((i == j) - x[r][i] * x[r][j] / f) for j in places) / sizes[r]
        for r in range(len(x))
        for i in places
    ]
    dweight = [sum(drows[r][k] * x[r][k] for r in range(len(x))) for k in places]
    return nested(dx, shape_of(dy)), dweight
