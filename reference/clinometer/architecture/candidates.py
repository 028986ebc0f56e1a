"""What small layers there are for samples of a shape, and what can follow what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise, product
from math import prod
from typing import Any, TypeAlias

from clinometer.architecture.description import Shape
from clinometer.architecture.layers import LAYERS, Layer
from clinometer.architecture.layers.parallel import Parallel
from clinometer.errors import InvalidInput

#: Numbers in a sample, and in all parameters of a layer.
LARGEST_SAMPLE, LARGEST_LAYER = 48, 72
#: Samples of features, of steps or channels in a row, and of channels of images.
SAMPLES: tuple[tuple[Shape, ...], ...] = (
    tuple((width,) for width in range(1, 9)),
    ((4, 1), (4, 2), (4, 3), (5, 2), (5, 3), (1, 5), (2, 4), (2, 6), (3, 5), (4, 6)),
    ((1, 3, 4), (1, 4, 3), (2, 3, 4), (2, 4, 5), (1, 5, 4), (3, 3, 2), (4, 3, 3), (2, 4, 4)),
)
#: One of each, to find out what can follow what.
TYPICAL: tuple[Shape, ...] = ((4,), (4, 3), (2, 4, 5), (4, 6), (2, 4, 4))

#: The kinds of two layers, one after the other.
Pair: TypeAlias = tuple[str, str]

#: A class of descriptions.
Kind: TypeAlias = Any

PLAIN = {kind: layer for kind, layer in LAYERS.items() if kind != "parallel"}


def neighbours(layers: tuple[Layer, ...]) -> Iterator[Pair]:
    """The kinds of layers that follow each other, inside of blocks as well."""
    for layer in layers:
        for branch in layer.branch_layers():
            yield from neighbours(branch)
    yield from ((a.kind, b.kind) for a, b in pairwise(layers))


@cache
def pairs() -> tuple[Pair, ...]:
    """The kinds of all layers that can be neighbours, in this order."""
    found = product(LAYERS, LAYERS)
    return tuple(pair for pair in found if any(fits(pair, shape) for shape in TYPICAL))


def fits(pair: Pair, shape: Shape) -> bool:
    """Whether some layers of these kinds fit that shape."""
    first, second = pair
    return not takes_tokens(second) and any(takes(second, s) for s in _outputs(first, shape))


@cache
def _outputs(kind: str, shape: Shape) -> frozenset[Shape]:
    return frozenset(layer.output_shape(shape) for layer in candidates(kind, shape))


@cache
def followed(pair: Pair, shape: Shape) -> tuple[Layer, ...]:
    """Layers of the pair's first kind for that shape, whose outputs the second takes."""
    first, second = pair
    return tuple(a for a in candidates(first, shape) if takes(second, a.output_shape(shape)))


@cache
def candidates(kind: str, shape: Shape) -> tuple[Any, ...]:
    """Small layers of that kind with any of their settings that fit samples of that shape.

    A single one, which stands for all, where they are blocks.
    """
    return (Parallel(((), ())),) if kind == "parallel" else fitting(LAYERS[kind], shape)


@cache
def takes(kind: str, shape: Shape) -> bool:
    """Whether there are such layers; one is enough, and quickly found."""
    return kind == "parallel" or any(True for _ in _fitting(LAYERS[kind], shape))


def _fitting(kind: Kind, shape: Shape) -> Iterator[Any]:
    if kind.accepts(shape):
        choices = kind.choices(shape)
        for values in product(*choices.values()):
            yield from _fitted(kind, dict(zip(choices, values, strict=True)), shape)


#: From a class of descriptions and the shape of a sample to all small ones of it that fit.
fitting: Callable[[Kind, Shape], tuple[Any, ...]] = cache(lambda *given: tuple(_fitting(*given)))


def _fitted(kind: Kind, settings: Mapping[str, Any], shape: Shape) -> list[Any]:
    """The description, unless it does not fit or is too large."""
    try:
        described = kind(**settings)
        if isinstance(described, Layer):
            outputs = prod(described.output_shape(shape))
            parameters = sum(map(prod, described.parameter_shapes(shape).values()))
            return [described] if outputs <= LARGEST_SAMPLE and parameters <= LARGEST_LAYER else []
    except InvalidInput:
        return []
    return [described]


@cache
def first_kinds(shape: Shape) -> tuple[str, ...]:
    """The kinds of plain layers that take samples of that shape."""
    return tuple(kind for kind in PLAIN if takes(kind, shape))


@cache
def inner_kinds(shape: Shape) -> tuple[str, ...]:
    """The same for layers that are not the first."""
    return tuple(kind for kind in first_kinds(shape) if not takes_tokens(kind))


@cache
def takes_tokens(kind: str) -> bool:
    return any(layer.tokens for layer in candidates(kind, (4,)))
