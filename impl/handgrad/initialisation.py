"""First values for the parameters of a network: matrices by a scheme, scales one, the rest zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from handgrad.arrays import Array, require_groups
from handgrad.network import Network
from handgrad.structure import Layer, walk

#: From a shape and a generator to values. The last axis but one is the fan-in and the last one the
#: fan-out, as in the weight of a dense layer; axes before them are those of a convolution's kernel,
#: whose every place adds to both fans.
Scheme: TypeAlias = Callable[[tuple[int, ...], np.random.Generator], Array]


def initialise(
    network: Network, scheme: Scheme, seed: int = 0, dtype: Any = np.float64
) -> dict[str, Array]:
    """Values for every parameter of the network.

    What has two axes or more is drawn by `scheme`: weights, those of recurrent layers and of
    attention included, tables of embeddings, and memories. All others are zero, as are biases and
    first states, but for the weights of normalisations: they are scales, and one.

    The gates of a recurrent layer side by side are one matrix. Each group of a convolution is a
    convolution by itself.
    """
    random = np.random.default_rng(seed)
    return {
        f"{path}.{name}": _values(layer, name, shape, scheme, random).astype(dtype)
        for path, layer in walk(network.layers)
        for name, shape in layer.shapes.items()
        if f"{path}.{name}" in network.shapes
    }


def _values(
    layer: Layer, name: str, shape: tuple[int, ...], scheme: Scheme, random: np.random.Generator
) -> Array:
    if "norm" in layer.kind:
        return (ones if name == "weight" else zeros)(shape, random)
    if len(shape) < 2:
        return zeros(shape, random)
    if "convolution" in layer.kind:
        return _kernels(layer, shape, scheme, random)
    return scheme(shape, random)


def _kernels(
    layer: Layer, shape: tuple[int, ...], scheme: Scheme, random: np.random.Generator
) -> Array:
    """The weight of a convolution, (o, i, *kernel), or of a transposed one, (i, o, *kernel).

    The groups part its first axis.
    """
    first, second, *kernel = shape
    groups = layer.settings.get("groups", 1)
    require_groups(first, groups)
    fans, axes = (second, first // groups), (-1, -2)
    if layer.kind.startswith("transposed"):
        fans, axes = fans[::-1], axes[::-1]
    drawn = [scheme((*kernel, *fans), random) for _ in range(groups)]
    return np.concatenate([np.moveaxis(weight, axes, (0, 1)) for weight in drawn])


def zeros(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """All zero: every neuron of a layer then stays the twin of its neighbours."""
    return np.zeros(shape)


def ones(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """All one."""
    return np.ones(shape)


def xavier(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Uniform in ±√(6 / (fan-in + fan-out)), for tanh and sigmoid (Glorot and Bengio, 2010)."""
    limit = math.sqrt(6 / sum(_fans(shape)))
    return random.uniform(-limit, limit, shape)


def he(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Normal with variance 2 / fan-in, for rectifiers (He et al., 2015)."""
    fan_in, _ = _fans(shape)
    return random.normal(0, math.sqrt(2 / fan_in), shape)


def orthogonal(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Orthonormal rows or columns, which keep the length of a vector (Saxe et al., 2014).

    The rows are all that a neuron reads, at every place of a kernel.
    """
    rows, columns = _fans(shape)[0], shape[-1]
    sides = max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(random.normal(size=sides))
    q = q * np.sign(np.diag(r))  # makes the distribution uniform over such matrices
    return (q if rows >= columns else q.T).reshape(shape)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many numbers a neuron reads, and how many neurons read a number.

    Raises ValueError for fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(f"a scheme needs a fan-in and a fan-out: two axes or more, not {shape}")
    *kernel, inputs, outputs = shape
    return math.prod(kernel) * inputs, math.prod(kernel) * outputs
