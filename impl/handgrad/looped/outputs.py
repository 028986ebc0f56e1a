"""No loss at all: the network's outputs themselves, each with a cotangent of its own."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise


def forward(y: Lists, target: None) -> tuple[Lists, Cache]:
    return elementwise(lambda y: y, y), None


def backward(dloss: Lists, cache: Cache) -> tuple[Lists]:
    return (elementwise(lambda dloss: dloss, dloss),)
