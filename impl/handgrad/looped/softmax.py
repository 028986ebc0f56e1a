"""The softmax of every row, sum by sum: yₙᵢ = e^xₙᵢ / Σⱼ e^xₙⱼ."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import exp


def forward(x: Lists) -> tuple[Lists, Cache]:
    y = []
    for row in x:
        weights = [exp(number - max(row)) for number in row]
        y.append([weight / sum(weights) for weight in weights])
    return y, y


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """∂yⱼ/∂xᵢ = yⱼ (δᵢⱼ - yᵢ), so dxₙᵢ = Σⱼ dyₙⱼ yₙⱼ (δᵢⱼ - yₙᵢ)."""
    y = cache
    samples, features = range(len(y)), range(len(y[0]))
    dx = [
        [sum(dy[n][j] * y[n][j] * ((i == j) - y[n][i]) for j in features) for i in features]
        for n in samples
    ]
    return (dx,)
