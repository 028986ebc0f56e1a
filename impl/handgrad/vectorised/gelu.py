"""The Gaussian error linear unit of every element: y = x Φ(x), Φ of the normal distribution."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._normal import density, distribution


def forward(x: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    gate = distribution(x)
    return x * gate, (x, gate)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """(x Φ)' = Φ + x φ."""
    x, gate = cache
    return (dy * (gate + x * density(x)),)
