"""Small functions with a backward pass by hand, written once for NumPy, PyTorch and JAX.

Each is generic in the library, whose module is the first argument `xp`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Function:
    """A function of arrays.

    Attributes:
        forward: from `xp` and the arguments to an array.
        backward: from `xp`, the cotangent and the arguments to their gradients.
        shapes: of the arguments.
        scalar: whether it returns one number.
    """

    forward: Callable[..., Any]
    backward: Callable[..., tuple[Any, ...]]
    shapes: tuple[tuple[int, ...], ...]
    scalar: bool

    def point(self, dtype: str) -> list[Any]:
        """NumPy arrays of standard normal numbers, the same in every dtype but for rounding."""
        random = np.random.default_rng(0)
        return [random.normal(size=shape).astype(dtype) for shape in self.shapes]


def _squares(xp: Any, x: Any) -> Any:
    return (x * x).sum()


def _squares_backward(xp: Any, c: Any, x: Any) -> tuple[Any, ...]:
    return (2 * c * x,)


def _layer(xp: Any, x: Any, w: Any, b: Any) -> Any:
    return xp.tanh(x @ w + b)


def _layer_backward(xp: Any, c: Any, x: Any, w: Any, b: Any) -> tuple[Any, ...]:
    d = c * (1 - xp.tanh(x @ w + b) ** 2)
    return d @ w.T, x.T @ d, d.sum(0)


def _loss(xp: Any, x: Any, w: Any) -> Any:
    return xp.log(xp.exp(x @ w).sum(1)).sum()


def _loss_backward(xp: Any, c: Any, x: Any, w: Any) -> tuple[Any, ...]:
    e = xp.exp(x @ w)
    d = c * e / e.sum(1)[:, None]
    return d @ w.T, x.T @ d


FUNCTIONS: Mapping[str, Function] = {
    "Σ x²": Function(_squares, _squares_backward, ((5,),), scalar=True),
    "tanh(x w + b)": Function(_layer, _layer_backward, ((4, 3), (3, 5), (5,)), scalar=False),
    "Σ log Σ exp(x w)": Function(_loss, _loss_backward, ((4, 3), (3, 5)), scalar=True),
}
