"""Normalisation by the root mean square of each row: yᵣₖ = wₖ x̂ᵣₖ with x̂ᵣₖ = xᵣₖ / sᵣ.

sᵣ = √(Σₖ x²ᵣₖ / f + ε), where k runs over the last axis and r over all others.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elements, same_range, sqrt
from handgrad.looped._shapes import nested, shape_of, split


def forward(x: Lists, weight: Lists, *, epsilon: float) -> tuple[Lists, Cache]:
    f, numbers = len(weight), elements(x)
    rows = split(numbers, len(numbers) // f)
    places = same_range(rows[0], weight)
    sizes = [sqrt(sum(row[k] * row[k] for k in places) / f + epsilon) for row in rows]
    normalised = [[rows[r][k] / sizes[r] for k in places] for r in range(len(rows))]
    y = [weight[k] * row[k] for row in normalised for k in places]
    return nested(y, shape_of(x)), (normalised, sizes, weight)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists]:
    """∂x̂ᵣⱼ/∂xᵣᵢ = (δᵢⱼ - x̂ᵣᵢ x̂ᵣⱼ / f) / sᵣ, so dxᵣᵢ = Σⱼ wⱼ dyᵣⱼ (δᵢⱼ - x̂ᵣᵢ x̂ᵣⱼ / f) / sᵣ."""
    x, sizes, weight = cache
    rows, places, f = range(len(x)), range(len(weight)), len(weight)
    drows = split(elements(dy), len(x))
    dx = [
        sum(weight[j] * drows[r][j] * ((i == j) - x[r][i] * x[r][j] / f) for j in places) / sizes[r]
        for r in rows
        for i in places
    ]
    dweight = [sum(drows[r][k] * x[r][k] for r in rows) for k in places]
    return nested(dx, shape_of(dy)), dweight
