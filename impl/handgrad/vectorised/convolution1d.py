"""Convolution along one axis: yₙₒₜ = bₒ + Σₘₖ wₒₘₖ xₙ_cₛ.

Here s = t·stride + k·dilation - before, and c is the m-th channel of the group of o: the
channels of x and those of y are parted into groups. In deep learning this cross-correlation is
called convolution.
"""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.vectorised import _convolution
from handgrad.vectorised._windows import sliding


def forward(
    x: Shaped[Array, "n c l"],
    weight: Shaped[Array, "o _ k"],
    bias: Shaped[Array, " o"],
    *,
    stride: int,
    padding: tuple[int, int],
    dilation: int,
    groups: int,
) -> tuple[Shaped[Array, "n o _"], Cache]:
    """`padding`: the zeros before and after."""
    sizes, kernels = (1, x.shape[2]), (1, weight.shape[2])
    axes = sliding(sizes, kernels, (1, stride), (0, 0, *padding), (1, dilation))
    y, cache = _convolution.forward(x[:, :, None], weight[:, :, None], bias, axes, groups)
    return y[:, :, 0], cache


def backward(
    dy: Shaped[Array, "n o _"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "n c l"], Shaped[Array, "... o _ k"], Shaped[Array, "... o"]]:
    """A product wₒₘₖ xₙ_cₛ brings the cotangent dyₙₒₜ to both of its factors."""
    dx, dweight, dbias = _convolution.backward(dy[:, :, None], cache, by_sample)
    return dx[:, :, 0], dweight[..., 0, :], dbias
