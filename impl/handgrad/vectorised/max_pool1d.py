"""The maximum of each window that slides along an axis.

Padding is never chosen, and among equal numbers the first is.
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
    dilation: int,
) -> tuple[Shaped[Array, "n c _"], Cache]:
    """`padding`: how much there is before and after."""
    axes = looking(x.shape[2:], (kernel,), (stride,), padding, (dilation,))
    return _pooling.max_forward(x, axes)


def backward(dy: Shaped[Array, "n c _"], cache: Cache) -> tuple[Shaped[Array, "n c l"]]:
    """The chosen element of each window receives its cotangent."""
    return _pooling.max_backward(dy, cache)
