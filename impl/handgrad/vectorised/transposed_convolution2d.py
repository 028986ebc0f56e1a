"""The transpose of a convolution of images: yₙₒᵣₛ = bₒ + Σ_cᵢⱼ w_cₘᵢⱼ xₙ_cₚ_q.

Along each axis it goes as for `transposed_convolution1d`: the sum is over what meets in
r = p·stride + i·dilation - padding, and in s likewise.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _convolution
from handgrad.vectorised._windows import spreading


def forward(
    x: Shaped[Array, "n c p q"],
    weight: Shaped[Array, "c _ i j"],
    bias: Shaped[Array, " o"],
    *,
    stride: tuple[int, int],
    padding: tuple[int, int],
    output_padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> tuple[Shaped[Array, "n o _ _"], Cache]:
    """`padding`: what is cut off y at both ends; `output_padding`: what its end has more."""
    axes = spreading(x.shape[2:], weight.shape[2:], stride, padding, output_padding, dilation)
    return _convolution.transposed_forward(x, weight, bias, axes, groups)


def backward(
    dy: Shaped[Array, "n o _ _"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c p q"], Shaped[Array, "... c _ i j"], Shaped[Array, "... o"]]:
    """Dx is the convolution of dy with the same kernel."""
    return _convolution.transposed_backward(dy, cache, by_sample)
