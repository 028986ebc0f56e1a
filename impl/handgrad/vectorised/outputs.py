"""No loss at all: the network's outputs themselves, each with a cotangent of its own.

Nothing is copied: no layer gives out what it was given, nor writes to it.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped


def forward(y: Shaped[Array, "*n"], target: None) -> tuple[Shaped[Array, "*n"], Cache]:
    return y, None


def backward(
    dloss: Shaped[Array, "*n"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "*n"]]:
    return (dloss,)
