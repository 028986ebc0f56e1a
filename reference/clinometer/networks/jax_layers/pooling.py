"""Poolings as reductions of windows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array, lax


def _whole(setting: Any) -> tuple[int, ...]:
    """A setting of the spatial axes, with ones for samples and channels."""
    return (1, 1, *(setting if isinstance(setting, tuple) else (setting,)))


def _padding(layer: Any) -> list[tuple[int, int]]:
    pairs = zip(layer.padding[::2], layer.padding[1::2], strict=True)
    return [(0, 0), (0, 0), *pairs]


def _max_pool(layer: Any, p: Mapping[str, Array], x: Array) -> Array:
    largest: Array = lax.reduce_window(
        x,
        -jnp.inf,
        lax.max,
        _whole(layer.kernel),
        _whole(layer.stride),
        _padding(layer),
        window_dilation=_whole(layer.dilation),
    )
    return largest


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
