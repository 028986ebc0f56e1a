"""The smooth rectifier of every element: y = log(1 + eˣ)."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised._logistic import sigmoid, softplus


def forward(x: Shaped[Array, "*n"]) -> tuple[Shaped[Array, "*n"], Cache]:
    return softplus(x), x


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """Softplus' is the sigmoid."""
    x = cache
    return (dy * sigmoid(x),)
