"""Convolutions and their transposes. PyTorch pads both ends alike, but for `F.pad`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional as F


def _convolution1d(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    padded = F.pad(x, layer.padding)
    return F.conv1d(padded, p["weight"], p["bias"], layer.stride, 0, layer.dilation, layer.groups)


def _convolution2d(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    top, bottom, left, right = layer.padding
    padded = F.pad(x, (left, right, top, bottom))
    return F.conv2d(padded, p["weight"], p["bias"], layer.stride, 0, layer.dilation, layer.groups)


def _transposed(conv_transpose: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def function(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
        return conv_transpose(
            x,
            p["weight"],
            p["bias"],
            stride=layer.stride,
            padding=layer.padding,
            output_padding=layer.output_padding,
            groups=layer.groups,
            dilation=layer.dilation,
        )

    return function


FUNCTIONS = {
    "convolution1d": _convolution1d,
    "convolution2d": _convolution2d,
    "transposed_convolution1d": _transposed(F.conv_transpose1d),
    "transposed_convolution2d": _transposed(F.conv_transpose2d),
}
