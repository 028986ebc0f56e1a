"""What the recurrent layers share: the direction of time, the first state, the gates."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.arrays import Array, Shaped


def in_time(x: Shaped[Array, "n t f"], reverse: bool) -> Shaped[Array, "t n f"]:
    """The steps in the order in which they are taken, each of them in one piece of memory."""
    return (x[:, ::-1] if reverse else x).swapaxes(0, 1).copy()


def in_place(y: Shaped[Array, "t n f"], reverse: bool) -> Shaped[Array, "n t f"]:
    """Back from that order to their places."""
    return (y[::-1] if reverse else y).swapaxes(0, 1)


def samples_last(
    x: Shaped[Array, "n t f"], reverse: bool, out: Shaped[Array, "t f n"]
) -> Shaped[Array, "t f n"]:
    """The steps in the order in which they are taken, each with a column for each sample."""
    for t, step in enumerate((x[:, ::-1] if reverse else x).swapaxes(0, 1)):
        out[t] = step.T
    return out


def for_each(state: Shaped[Array, " h"], samples: int) -> Shaped[Array, "n h"]:
    """The state with which every sample starts."""
    return np.broadcast_to(state, (samples, len(state)))


def parts(a: Shaped[Array, "n g"], number: int) -> list[Shaped[Array, "n h"]]:
    """The columns of so many gates. NumPy's own `split` takes longer than what is done to them."""
    width = a.shape[1] // number
    return [a[:, k * width : (k + 1) * width] for k in range(number)]


def dsigmoid(dy: Any, y: Any) -> Any:
    """σ' = σ (1 - σ)."""
    return dy * y * (1 - y)


def dtanh(dy: Any, y: Any) -> Any:
    """Tanh' = 1 - tanh²."""
    return dy * (1 - y * y)
