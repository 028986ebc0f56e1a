"""The transpose of a convolution along one axis: yₙₒₛ = bₒ + Σ_cₖ w_cₘₖ xₙ_cₜ.

The sum is over the offsets k and the elements t that meet in s = t·stride + k·dilation - padding,
and over the channels c for which o is the m-th of their group. So y has the place that the input
of a convolution has, and x that of its output.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _convolution
from handgrad.vectorised._windows import spreading


def forward(
    x: Shaped[Array, "n c t"],
    weight: Shaped[Array, "c _ k"],
    bias: Shaped[Array, " o"],
    *,
    stride: int,
    padding: int,
    output_padding: int,
    dilation: int,
    groups: int,
) -> tuple[Shaped[Array, "n o _"], Cache]:
    """`padding`: what is cut off y at both ends; `output_padding`: what its end has more."""
    counts, kernels, more = (1, x.shape[2]), (1, weight.shape[2]), (0, output_padding)
    axes = spreading(counts, kernels, (1, stride), (0, padding), more, (1, dilation))
    y, cache = _convolution.transposed_forward(
        x[:, :, None], weight[:, :, None], bias, axes, groups
    )
    return y[:, :, 0], cache


def backward(
    dy: Shaped[Array, "n o _"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c t"], Shaped[Array, "... c _ k"], Shaped[Array, "... o"]]:
    """Dx is the convolution of dy with the same kernel."""
    dx, dweight, dbias = _convolution.transposed_backward(dy[:, :, None], cache, by_sample)
    return dx[:, :, 0], dweight[..., 0, :], dbias
