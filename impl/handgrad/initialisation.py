"""First values for the parameters of a network: weights by a scheme, biases zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from handgrad.arrays import Array
from handgrad.network import Network

#: From the shape of a weight (fan-in first, fan-out last) and a generator to its values.
Scheme: TypeAlias = Callable[[tuple[int, ...], np.random.Generator], Array]


def initialise(
    network: Network, scheme: Scheme, seed: int = 0, dtype: Any = np.float64
) -> dict[str, Array]:
    """Values for every parameter of the network: weights by `scheme`, all others zero."""
    random = np.random.default_rng(seed)
    return {
        name: (scheme if name.rpartition(".")[2] == "weight" else zeros)(shape, random).astype(
            dtype
        )
        for name, shape in network.shapes.items()
    }


def zeros(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """All zero: every neuron of a layer then stays the twin of its neighbours."""
    return np.zeros(shape)


def ones(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """All one."""
    return np.ones(shape)


def xavier(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Uniform in ±√(6 / (fan-in + fan-out)), for tanh and sigmoid (Glorot and Bengio, 2010)."""
    limit = math.sqrt(6 / (shape[0] + shape[-1]))
    return random.uniform(-limit, limit, shape)


def he(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Normal with variance 2 / fan-in, for rectifiers (He et al., 2015)."""
    return random.normal(0, math.sqrt(2 / shape[0]), shape)


def orthogonal(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Orthonormal rows or columns, which keep the length of a vector (Saxe et al., 2014)."""
    rows, columns = shape
    q, r = np.linalg.qr(random.normal(size=(max(shape), min(shape))))
    q = q * np.sign(np.diag(r))  # makes the distribution uniform over such matrices
    return q if rows >= columns else q.T
