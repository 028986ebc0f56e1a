"""Poolings as reductions of windows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax


def _whole(setting: Any) -> tuple[int, ...]:
    """A setting of the spatial axes, with ones for samples and channels."""
    return (1, 1, *(setting if isinstance(setting, tuple) else (setting,)))


def _padding(layer: Any) -> list[tuple[int, int]]:
    pairs = zip(layer.padding[::2], layer.padding[1::2], strict=True)
    return [(0, 0), (0, 0), *pairs]


def _max_pool(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    kernel, stride, padding = _whole(layer.kernel), _whole(layer.stride), _padding(layer)
    dilation = _whole(layer.dilation)
    if any(apart > 1 for apart in dilation):  # of such a window JAX gives no gradient
        return _max_of_slices(
            jnp.pad(x, padding, constant_values=-jnp.inf), kernel, stride, dilation
        )
    largest: Array = lax.reduce_window(x, -jnp.inf, lax.max, kernel, stride, padding)
    return largest


def _max_of_slices(
    x: Array, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Array:
    """Each place in the window is a slice of the image, one number for each window.

    The first of the largest, as reduce_window has it. Of jnp.max the gradient goes where a number
    equals the largest, and compiled code may compute the two apart: they differ in the last digit
    then, and the gradient is lost.
    """
    reach = [apart * (size - 1) for apart, size in zip(dilation, kernel, strict=True)]
    slices = []
    for place in np.ndindex(kernel):
        start = [apart * step for apart, step in zip(dilation, place, strict=True)]
        stop = [n - far + at for n, far, at in zip(x.shape, reach, start, strict=True)]
        slices.append(lax.slice(x, start, stop, stride))
    places = jnp.stack(slices)
    first = jnp.argmax(places, axis=0, keepdims=True)
    return jnp.take_along_axis(places, first, axis=0)[0]


def _average_pool(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    kernel, stride, padding = _whole(layer.kernel), _whole(layer.stride), _padding(layer)

    def total(array: Array) -> Any:
        return lax.reduce_window(array, 0.0, lax.add, kernel, stride, padding)

    elements = math.prod(kernel) if layer.count_padding else total(jnp.ones_like(x))
    mean: Array = total(x) / elements
    return mean


def _places(x: Array) -> tuple[int, ...]:
    return tuple(range(2, x.ndim))


FUNCTIONS = {
    "max_pool1d": _max_pool,
    "max_pool2d": _max_pool,
    "average_pool1d": _average_pool,
    "average_pool2d": _average_pool,
    "global_average_pool": lambda layer, p, x: jnp.mean(x, axis=_places(x)),
    "global_max_pool": lambda layer, p, x: jnp.max(x, axis=_places(x)),
}
