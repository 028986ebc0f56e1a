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
    axes = spreading(
        x.shape[2:], weight.shape[2:], (stride,), (padding,), (output_padding,), (dilation,)
    )
    return _convolution.transposed_forward(x, weight, bias, axes, groups)


def backward(
    dy: Shaped[Array, "n o _"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c t"], Shaped[Array, "... c _ k"], Shaped[Array, "... o"]]:
    """Dx is the convolution of dy with the same kernel."""
    return _convolution.transposed_backward(dy, cache, by_sample)
