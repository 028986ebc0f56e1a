"""Dropout with a mask that is given: y = x m / (1 - p).

The mask holds 0 where a number is dropped, which happened with probability p, and 1 where it is
kept; kept numbers grow so that the mean stays.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped


def forward(
    x: Shaped[Array, "*n"], *, mask: Shaped[Array, "*n"], probability: float
) -> tuple[Shaped[Array, "*n"], Cache]:
    return x * mask / (1 - probability), (mask, probability)


def backward(dy: Shaped[Array, "*n"], cache: Cache) -> tuple[Shaped[Array, "*n"]]:
    """The same mask and factor: dx = dy m / (1 - p)."""
    mask, probability = cache
    return (dy * mask / (1 - probability),)
