"""The softmax of every row, sum by sum: yₙᵢ = e^xₙᵢ / Σⱼ e^xₙⱼ."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import by_row, exp, largest


def forward(x: Lists) -> tuple[Lists, Cache]:
    def of_row(x: Lists) -> Lists:
        weights = [exp(number - largest(x)) for number in x]
        return [weight / sum(weights) for weight in weights]

    y = by_row(of_row, x)
    return y, y


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """∂yⱼ/∂xᵢ = yⱼ (δᵢⱼ - yᵢ), so dxₙᵢ = Σⱼ dyₙⱼ yₙⱼ (δᵢⱼ - yₙᵢ)."""
    y = cache

    def of_row(dy: Lists, y: Lists) -> Lists:
        features = range(len(y))
        return [sum(dy[j] * y[j] * ((i == j) - y[i]) for j in features) for i in features]

    return (by_row(of_row, dy, y),)
