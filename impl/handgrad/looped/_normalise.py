"""What the normalisations share: a row of numbers brought to mean 0 and variance 1, sum by sum."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Lists
from handgrad.looped._lists import same_range, sqrt


def normalise(x: Lists, epsilon: float) -> tuple[Lists, Any]:
    """x̂ᵢ = (xᵢ - μ) / σ with μ = Σᵢ xᵢ / m, and σ with σ² = Σᵢ (xᵢ - μ)² / m + ε.

    Numbers with a large offset are centred with the rounding error that such a mean has; centred
    once more, without it.
    """
    for _ in range(2):
        mean = sum(x) / len(x)
        x = [number - mean for number in x]
    deviation = sqrt(sum(number * number for number in x) / len(x) + epsilon)
    return [number / deviation for number in x], deviation


def backward(dnormalised: Lists, normalised: Lists, deviation: Any) -> Lists:
    """∂x̂ⱼ/∂xᵢ = (δᵢⱼ - 1/m - x̂ᵢ x̂ⱼ / m) / σ, so dxᵢ = Σⱼ dx̂ⱼ (δᵢⱼ - (1 + x̂ᵢ x̂ⱼ) / m) / σ."""
    row, m = same_range(dnormalised, normalised), len(normalised)
    return [
        sum(dnormalised[j] * ((i == j) - (1 + normalised[i] * normalised[j]) / m) for j in row)
        / deviation
        for i in row
    ]


def scaled(rows: Lists, weight: Lists) -> Lists:
    """w_c x_ck: each row times a number of its own."""
    return [[weight[c] * x for x in rows[c]] for c in same_range(rows, weight)]


def affine(rows: Lists, weight: Lists, bias: Lists) -> Lists:
    """w_c x_ck + b_c: each row with a weight and a bias of its own."""
    return [[weight[c] * x + bias[c] for x in rows[c]] for c in same_range(rows, weight, bias)]


def affine_gradients(dy: Lists, rows: Lists) -> tuple[Lists, Lists]:
    """dw_c = Σₖ dy_ck x_ck and db_c = Σₖ dy_ck."""
    dweight = [
        sum(dy[c][k] * rows[c][k] for k in same_range(dy[c], rows[c])) for c in same_range(dy, rows)
    ]
    return dweight, [sum(row) for row in dy]
