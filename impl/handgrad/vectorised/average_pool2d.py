"""The mean of each window that slides over an image.

With `count_padding`, padding counts as elements that are zero.
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
    count_padding: bool,
) -> tuple[Shaped[Array, "n c _ _"], Cache]:
    """`padding`: how much there is on top, at the bottom, on the left and on the right."""
    axes = looking(x.shape[2:], kernel, stride, padding, (1, 1))
    return _pooling.average_forward(x, axes, count_padding=count_padding)


def backward(dy: Shaped[Array, "n c _ _"], cache: Cache) -> tuple[Shaped[Array, "n c h w"]]:
    """Each element of a window receives an equal share of its cotangent."""
    return _pooling.average_backward(dy, cache)
