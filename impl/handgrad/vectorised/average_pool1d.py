"""The mean of each window that slides along an axis.

With `count_padding`, padding counts as elements that are zero.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _pooling
from handgrad.vectorised._windows import looking


def forward(
    x: Shaped[Array, "n c l"],
    *,
    kernel: int,
    stride: int,
    padding: tuple[int, int],
    count_padding: bool,
) -> tuple[Shaped[Array, "n c _"], Cache]:
    """`padding`: how much there is before and after."""
    axes = looking(x.shape[2:], (kernel,), (stride,), padding, (1,))
    return _pooling.average_forward(x, axes, count_padding=count_padding)


def backward(dy: Shaped[Array, "n c _"], cache: Cache) -> tuple[Shaped[Array, "n c l"]]:
    """Each element of a window receives an equal share of its cotangent."""
    return _pooling.average_backward(dy, cache)
