"""Hypothesis strategies for random cases: valid by construction, shrinking to the smallest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from clinometer.architecture.architecture import Architecture
from clinometer.architecture.case import Case
from clinometer.architecture.description import Shape
from clinometer.architecture.layers import (
    JOINS,
    LAYERS,
    Dense,
    Layer,
    Parallel,
    sequence_output_shape,
)
from clinometer.architecture.losses import LOSSES, PENALTIES, Loss, Penalty
from clinometer.dtypes import DTYPES, NARROW

MAX_LAYERS = 6
MAX_BATCH = 6
MAX_WIDTH = 8
MAX_SEED = 2**32 - 1
#: How often a wider dtype is drawn for one of 16 bits: each of those gets one case in eight.
WIDE_FOR_NARROW = 3

D = TypeVar("D", Layer, Loss, Penalty)

#: Elementwise layers and softmax: all that change no shape and have no parameters.
ACTIVATIONS = {kind: layer for kind, layer in LAYERS.items() if kind not in ("dense", "parallel")}


@st.composite
def cases(draw: st.DrawFn, dtypes: Sequence[str] = DTYPES) -> Case:
    """Cases of every kind; half of them have values on a small-integer grid."""
    weighted = [d for d in dtypes for _ in range(1 if d in NARROW else WIDE_FOR_NARROW)]
    return Case(
        draw(architectures()),
        dtype=draw(st.sampled_from(weighted)),
        batch=draw(_up_to(MAX_BATCH)),
        values=draw(st.sampled_from(["continuous", "grid"])),
        seed=draw(st.integers(0, MAX_SEED)),
    )


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    """Networks of 1 to 6 layers, some of them blocks of parallel branches, with any loss."""
    inputs = (draw(_up_to(MAX_WIDTH)),)
    layers: tuple[Layer, ...] = ()
    for _ in range(draw(_up_to(MAX_LAYERS))):
        shape = sequence_output_shape(layers, inputs)
        layers += (draw(_block(shape) if draw(_one_in(5)) else _layer(shape)),)
    loss = draw(_any_of(LOSSES, sequence_output_shape(layers, inputs)))
    penalty = draw(st.none() | _any_of(PENALTIES, inputs))
    return Architecture(inputs, layers, loss, penalty)


def _up_to(largest: int) -> st.SearchStrategy[int]:
    """1 to `largest`, each as often as the others, and 1 the simplest."""
    return st.sampled_from(range(1, largest + 1))


def _one_in(number: int) -> st.SearchStrategy[bool]:
    """True once in `number`; False is the simplest."""
    return st.sampled_from([False] * (number - 1) + [True])


def _layer(shape: Shape) -> st.SearchStrategy[Layer]:
    return st.one_of(_any_of(ACTIVATIONS, shape), _described(Dense, shape))


def _any_of(kinds: Mapping[str, type[D]], shape: Shape) -> st.SearchStrategy[D]:
    return st.sampled_from(list(kinds.values())).flatmap(lambda kind: _described(kind, shape))


def _described(kind: type[D], shape: Shape) -> st.SearchStrategy[D]:
    """A description of one kind with any of its settings."""
    choices = kind.choices(shape)
    return st.builds(kind, **{name: st.sampled_from(values) for name, values in choices.items()})


@st.composite
def _block(draw: st.DrawFn, shape: Shape) -> Layer:
    """Two or three branches of up to two layers, of equal width unless concatenated."""
    branches = [_branch(draw, shape) for _ in range(draw(_up_to(2)) + 1)]
    width = sum(sequence_output_shape(branch, shape)[-1] for branch in branches)
    join = draw(st.sampled_from(JOINS if width <= MAX_WIDTH else ("add", "multiply")))
    if join != "concatenate":
        branches = [_fitted(branch, shape) for branch in branches]
    return Parallel(tuple(branches), join)


def _branch(draw: st.DrawFn, shape: Shape) -> tuple[Layer, ...]:
    layers: tuple[Layer, ...] = ()
    for _ in range(draw(_up_to(3)) - 1):
        layers += (draw(_layer(sequence_output_shape(layers, shape))),)
    return layers


def _fitted(branch: tuple[Layer, ...], shape: Shape) -> tuple[Layer, ...]:
    """The branch, brought to the width of its input if it has another one."""
    if sequence_output_shape(branch, shape) == shape:
        return branch
    return (*branch, Dense(shape[-1]))
