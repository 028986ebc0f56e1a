"""Fifteen families of small networks in eight regimes, every number drawn from one seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

import numpy as np

from benchmarks.calibration.layers import (
    ACTIVATIONS,
    Layer,
    activation,
    attention,
    convolution,
    dense,
    layer_norm,
    max_pool,
    residual,
)
from benchmarks.calibration.losses import LOSSES
from benchmarks.calibration.numbers import draw, on_grid
from clinometer.problem import Arrays, Problem

#: One hidden block of a given width.
Block: TypeAlias = Callable[[int], Sequence[Layer]]

SHALLOW, DEEP = 2, 5  # hidden blocks


def _mlp(name: str) -> Block:
    return lambda width: (dense(width, width), activation(name))


#: A hidden block of every family; a network is some of them and a dense layer.
FAMILIES: Mapping[str, Block] = {
    **{f"mlp_{name}": _mlp(name) for name in ACTIVATIONS},
    "residual": lambda width: (residual(width),),
    "convolution": lambda width: (convolution(width, width), activation("tanh")),
    "convolution_relu_pool": lambda width: (convolution(width, width), activation("relu")),
    "layer_norm": lambda width: (dense(width, width), layer_norm(width), activation("tanh")),
    "attention": lambda width: (attention(width),),
    "attention_layer_norm": lambda width: (attention(width), layer_norm(width)),
}
#: Families with a max pool before the last layer, and those that shorten the input.
POOLED = {"convolution_relu_pool"}
SHORTENING = {"convolution", "convolution_relu_pool"}


@dataclass(frozen=True)
class Regime:
    """What is done to a network of ordinary numbers.

    Attributes:
        parameters, last: factors of all parameters, and of those of the last layer.
        spread: each array of parameters has a factor of its own, between 2^-spread and 2^spread.
        inputs, targets: what is added to the inputs, and to the targets of the squared error.
    """

    depth: int = SHALLOW
    parameters: float = 1.0
    last: float = 1.0
    spread: int = 0
    inputs: float = 0.0
    targets: float = 0.0


REGIMES: Mapping[str, Regime] = {
    "standard": Regime(),
    "tiny": Regime(parameters=2.0**-10),
    "huge": Regime(parameters=8.0),
    "logits": Regime(last=2.0**10),
    "deep_vanish": Regime(depth=DEEP, parameters=2.0**-3),
    "deep_explode": Regime(depth=DEEP, parameters=2.0**3),
    "mixed": Regime(spread=10),
    "offset": Regime(inputs=2.0**6, targets=2.0**8),
}

CELLS = [(family, regime) for family in FAMILIES for regime in REGIMES]


@dataclass(frozen=True)
class Drawn:
    """One network of a family in a regime; the seed tells all its numbers."""

    family: str
    regime: str
    dtype: str
    seed: int

    def __str__(self) -> str:
        return f"{self.family}/{self.regime}/{self.dtype}/{self.seed}"

    def problem(self) -> Problem:
        """The loss as a function of the input `x` and all parameters, with its hand gradient."""
        random = np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(str(self).encode())]))
        regime = REGIMES[self.regime]
        width = 2 if regime.depth == DEEP else int(random.integers(2, 4))
        layers = self._layers(width, int(random.integers(2, 4)), regime.depth)
        rows = int(random.integers(1, 5)) + (regime.depth + 1) * (self.family in SHORTENING)
        drawn_arrays = {"x": draw(random, (rows, width)) + regime.inputs}
        drawn_arrays |= _parameters(random, layers, regime)
        arguments = {name: on_grid(array, self.dtype) for name, array in drawn_arrays.items()}
        network = Network(layers, list(LOSSES)[int(random.integers(len(LOSSES)))])
        shape = network.outputs(arguments).shape
        target = on_grid(_target(random, network.loss_name, shape, regime.targets), self.dtype)
        return Problem(
            lambda point: network.loss(point, target),
            {"by hand": lambda point: network.gradient(point, target)},
            arguments,
            self.dtype,
            traced="by hand",
        )

    def _layers(self, width: int, outputs: int, depth: int) -> list[Layer]:
        blocks = [list(FAMILIES[self.family](width)) for _ in range(depth)]
        pool = [max_pool()] if self.family in POOLED else []
        return [*chain(*blocks), *pool, dense(width, outputs)]


@dataclass(frozen=True)
class Network:
    """Layers in order and a loss; parameters are named `number.name`."""

    layers: Sequence[Layer]
    loss_name: str

    def outputs(self, arguments: Arrays) -> Any:
        """Of the last layer."""
        return self._forward(arguments)[0]

    def loss(self, arguments: Arrays, target: Any) -> Any:
        """The value of the loss."""
        return LOSSES[self.loss_name](self.outputs(arguments), target)[0]

    def gradient(self, arguments: Arrays, target: Any) -> tuple[Any, dict[str, Any]]:
        """The value of the loss and its gradient by argument, by the chain rule."""
        outputs, caches = self._forward(arguments)
        value, cotangent = LOSSES[self.loss_name](outputs, target)
        gradients: dict[str, Any] = {}
        for number, (layer, cache) in reversed(
            list(enumerate(zip(self.layers, caches, strict=True)))
        ):
            cotangent, *parameters = layer.backward(cotangent, cache)
            named = zip(layer.shapes, parameters, strict=True)
            gradients |= {f"{number}.{name}": array for name, array in named}
        return value, {"x": cotangent, **gradients}

    def _forward(self, arguments: Arrays) -> tuple[Any, list[Any]]:
        y, caches = arguments["x"], []
        for number, layer in enumerate(self.layers):
            y, cache = layer.forward(y, *(arguments[f"{number}.{name}"] for name in layer.shapes))
            caches.append(cache)
        return y, caches


def drawn(dtype: str, numbers: range, seed: int) -> Iterator[Drawn]:
    """The networks of those numbers: cell after cell, each with a seed of its own."""
    for number in numbers:
        family, regime = CELLS[number % len(CELLS)]
        yield Drawn(family, regime, dtype, seed * 10**9 + number // len(CELLS))


def _parameters(
    random: np.random.Generator, layers: Sequence[Layer], regime: Regime
) -> dict[str, Any]:
    parameters = {}
    for number, layer in enumerate(layers):
        factor = regime.parameters * (regime.last if number == len(layers) - 1 else 1.0)
        for name, shape in layer.shapes.items():
            own = 2.0 ** random.integers(-regime.spread, regime.spread + 1)
            parameters[f"{number}.{name}"] = draw(random, shape) * (factor * own)
    return parameters


def _target(random: np.random.Generator, loss: str, shape: tuple[int, ...], offset: float) -> Any:
    if loss == "mse":
        return draw(random, shape) + offset
    if loss == "bce":
        return random.integers(2**8 + 1, size=shape) * 2.0**-8
    return np.eye(shape[1])[random.integers(shape[1], size=shape[0])]
