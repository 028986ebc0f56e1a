"""Convolution of images: yₙₒₚ_q = bₒ + Σₘᵢⱼ wₒₘᵢⱼ xₙ_cᵣₛ.

Along each axis it goes as for `convolution1d`: r = p·stride + i·dilation - top, and s likewise.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _convolution
from handgrad.vectorised._windows import sliding


def forward(
    x: Shaped[Array, "n c h w"],
    weight: Shaped[Array, "o _ i j"],
    bias: Shaped[Array, " o"],
    *,
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
    groups: int,
) -> tuple[Shaped[Array, "n o _ _"], Cache]:
    """`padding`: the zeros on top, at the bottom, on the left and on the right."""
    axes = sliding(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return _convolution.forward(x, weight, bias, axes, groups)


def backward(
    dy: Shaped[Array, "n o _ _"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c h w"], Shaped[Array, "... o _ i j"], Shaped[Array, "... o"]]:
    """A product wₒₘᵢⱼ xₙ_cᵣₛ brings the cotangent dyₙₒₚ_q to both of its factors."""
    return _convolution.backward(dy, cache, by_sample)
