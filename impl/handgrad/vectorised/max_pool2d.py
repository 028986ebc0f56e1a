"""The maximum of each window that slides over an image.

Padding is never chosen, and among equal numbers the first is, row by row.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _pooling
from handgrad.vectorised._windows import looking


def forward(
    x: Shaped[Array, "n c h w"],
    *,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> tuple[Shaped[Array, "n c _ _"], Cache]:
    """`padding`: how much there is on top, at the bottom, on the left and on the right."""
    axes = looking(x.shape[2:], kernel, stride, padding, dilation)
    return _pooling.max_forward(x, axes)


def backward(dy: Shaped[Array, "n c _ _"], cache: Cache) -> tuple[Shaped[Array, "n c h w"]]:
    """The chosen element of each window receives its cotangent."""
    return _pooling.max_backward(dy, cache)
