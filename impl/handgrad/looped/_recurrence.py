"""What the recurrent layers share: the order of the steps, and derivatives of the gates."""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Lists


def in_time(x: Lists, reverse: bool) -> list[int]:
    """The steps of a sequence in the order in which they are taken."""
    order = range(len(x[0]))
    return list(reversed(order) if reverse else order)


def places(x: Lists) -> list[list[Any]]:
    """A place for each step of each sample, still empty."""
    return [[None for _ in steps] for steps in x]


def dsigmoid(dy: Any, y: Any) -> Any:
    """σ' = σ (1 - σ)."""
    return dy * y * (1 - y)


def dtanh(dy: Any, y: Any) -> Any:
    """Tanh' = 1 - tanh²."""
    return dy * (1 - y * y)
