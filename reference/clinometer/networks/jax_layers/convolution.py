"""Convolutions, and their transposes as convolutions of what goes in with zeros in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array, lax


def _tuple(setting: Any) -> tuple[int, ...]:
    return setting if isinstance(setting, tuple) else (setting,)


def _convolution(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    pairs = zip(layer.padding[::2], layer.padding[1::2], strict=True)
    y = lax.conv_general_dilated(
        jnp.pad(x, [(0, 0), (0, 0), *pairs]),  # left to XLA, padding crashes some gradients
        p["weight"],
        window_strides=_tuple(layer.stride),
        padding="VALID",
        rhs_dilation=_tuple(layer.dilation),
        feature_group_count=layer.groups,
    )
    return y + p["bias"].reshape(-1, *(1,) * (y.ndim - 2))


def _transposed(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    """The kernels turned round, with the channels that come out first."""
    inputs, outputs, *kernel = p["weight"].shape
    by_group = p["weight"].reshape(layer.groups, inputs // layer.groups, outputs, *kernel)
    swapped = by_group.swapaxes(1, 2).reshape(-1, inputs // layer.groups, *kernel)
    dilation = _tuple(layer.dilation)
    ends = [
        d * (k - 1) - cut for d, k, cut in zip(dilation, kernel, _tuple(layer.padding), strict=True)
    ]
    y = lax.conv_general_dilated(
        x,
        jnp.flip(swapped, range(2, swapped.ndim)),
        window_strides=(1,) * len(kernel),
        padding=[
            (end, end + more) for end, more in zip(ends, _tuple(layer.output_padding), strict=True)
        ],
        lhs_dilation=_tuple(layer.stride),
        rhs_dilation=dilation,
        feature_group_count=layer.groups,
    )
    return y + p["bias"].reshape(-1, *(1,) * len(kernel))


FUNCTIONS = {
    "convolution1d": _convolution,
    "convolution2d": _convolution,
    "transposed_convolution1d": _transposed,
    "transposed_convolution2d": _transposed,
}
