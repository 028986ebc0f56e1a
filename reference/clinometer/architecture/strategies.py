"""Hypothesis strategies for random cases: valid by construction, shrinking to the smallest.

Most networks are built around two layers that are to be neighbours, any two that fit with the
same chance, so that every such pair comes up soon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from hypothesis import strategies as st

from clinometer.architecture.architecture import Architecture
from clinometer.architecture.candidates import (
    LARGEST_SAMPLE,
    SAMPLES,
    TYPICAL,
    Kind,
    Pair,
    candidates,
    first_kinds,
    fits,
    fitting,
    followed,
    inner_kinds,
    pairs,
    takes,
    takes_tokens,
)
from clinometer.architecture.case import Case
from clinometer.architecture.description import Shape
from clinometer.architecture.layers import Layer, sequence_output_shape, walk
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import JOINS, Parallel
from clinometer.architecture.losses import LOSSES, PENALTIES, Outputs
from clinometer.dtypes import DTYPES, NARROW

MAX_LAYERS = 6
MAX_BATCH = 6
MAX_SEED = 2**32 - 1
#: How often a wider dtype is drawn for one of 16 bits: each of those gets one case in eight.
WIDE_FOR_NARROW = 3
#: Nearly half of the cases have values on a small-integer grid. Extreme ones are as many as it
#: takes to meet what overflows in a few cases of each layer.
VALUES = ("continuous",) * 3 + ("grid",) * 5 + ("offset",) + ("extreme",) * 2


@st.composite
def cases(draw: st.DrawFn, dtypes: Sequence[str] = DTYPES, pair: Pair | None = None) -> Case:
    """Cases of every kind; with that pair of neighbours if one is given."""
    weighted = [d for d in dtypes for _ in range(1 if d in NARROW else WIDE_FOR_NARROW)]
    architecture = draw(architectures(pair))
    values = draw(st.sampled_from(VALUES))
    return Case(
        architecture,
        dtype=draw(st.sampled_from(_holding(values, weighted))),
        batch=draw(_up_to(MAX_BATCH if len(architecture.inputs) == 1 else MAX_BATCH // 2)),
        values=values,
        seed=draw(st.integers(0, MAX_SEED)),
    )


@st.composite
def cases_of_one_layer(draw: st.DrawFn, like: Architecture, dtypes: Sequence[str] = DTYPES) -> Case:
    """Cases with nothing but a layer, a loss and a penalty of the kinds that come first there."""
    layer, loss, penalty = like.layers[0], like.loss, like.penalty
    shapes = [shape for several in SAMPLES for shape in several if takes(layer.kind, shape)]
    inputs = draw(st.sampled_from(shapes))
    layers = (_drawn(draw, candidates(layer.kind, inputs), inputs),)
    outputs = sequence_output_shape(layers, inputs)
    values = draw(st.sampled_from(VALUES))
    return Case(
        Architecture(
            inputs,
            layers,
            draw(st.sampled_from(fitting(type(loss), outputs) or (Outputs(),))),
            draw(st.sampled_from(fitting(type(penalty), inputs))) if penalty else None,
        ),
        dtype=draw(st.sampled_from(_holding(values, dtypes))),
        batch=draw(_up_to(MAX_BATCH)),
        values=values,
        seed=draw(st.integers(0, MAX_SEED)),
    )


def _holding(values: str, dtypes: Sequence[str]) -> Sequence[str]:
    """Those in which such values say something of rounding; in 16 bits extreme ones overflow."""
    wide = [dtype for dtype in dtypes if dtype not in NARROW]
    return wide if wide and values == "extreme" else dtypes


@st.composite
def architectures(draw: st.DrawFn, pair: Pair | None = None) -> Architecture:
    """Networks of 1 to 6 layers, some of them blocks of parallel branches, with any loss."""
    if pair is None:
        pair = draw(st.sampled_from((None,) * (len(pairs()) // 8) + pairs()))
    if pair is None:
        inputs = draw(st.sampled_from(SAMPLES).flatmap(st.sampled_from))
        layers = _grown(draw, (), inputs, draw(_up_to(MAX_LAYERS)))
    else:
        inputs, layers = _around(draw, pair)
        layers = _grown(draw, layers, inputs, draw(_up_to(3)) - 1)
    if draw(_one_in(4)):
        layers = _with_one_again(draw, layers, inputs)
    loss = draw(_any_of(LOSSES, sequence_output_shape(layers, inputs)))
    penalty = draw(st.none() | _any_of(PENALTIES, inputs))
    alone = Architecture(inputs, layers, loss, penalty)
    shared = (
        draw(st.just(()) | st.tuples(st.sampled_from(alike))) if (alike := _alike(alone)) else ()
    )
    return Architecture(inputs, layers, loss, penalty, shared)


def _around(draw: st.DrawFn, pair: Pair) -> tuple[Shape, tuple[Layer, ...]]:
    """Up to two layers, and after them the pair."""
    ranks = {len(shape) for shape in TYPICAL if fits(pair, shape)}
    inputs = draw(
        st.sampled_from([shapes for shapes in SAMPLES if len(shapes[0]) in ranks])
        .flatmap(st.sampled_from)
        .filter(lambda shape: fits(pair, shape))
    )
    layers: tuple[Layer, ...] = ()
    for _ in range(draw(_up_to(3)) - 1 if not takes_tokens(pair[0]) else 0):
        longer = _grown(draw, layers, inputs, 1)
        if fits(pair, sequence_output_shape(longer, inputs)):
            layers = longer
    shape = sequence_output_shape(layers, inputs)
    layers = (*layers, _drawn(draw, followed(pair, shape), shape, pair[1]))
    shape = sequence_output_shape(layers, inputs)
    return inputs, (*layers, _drawn(draw, candidates(pair[1], shape), shape))


def _grown(
    draw: st.DrawFn, layers: tuple[Layer, ...], inputs: Shape, count: int
) -> tuple[Layer, ...]:
    """The layers with so many more behind them, blocks among them."""
    for _ in range(count):
        shape = sequence_output_shape(layers, inputs)
        kinds = first_kinds(shape) if not layers else inner_kinds(shape)
        kind = "parallel" if draw(_one_in(6)) else draw(st.sampled_from(kinds))
        layers = (*layers, _drawn(draw, candidates(kind, shape), shape))
    return layers


def _drawn(draw: st.DrawFn, several: tuple[Layer, ...], shape: Shape, following: str = "") -> Layer:
    """One of them; where these are blocks, one with branches of its own that can be followed so."""
    layer = draw(st.sampled_from(several))
    if layer.kind != "parallel":
        return layer
    blocks = _block(shape)
    if following:  # what a block puts out may be larger than what goes in
        blocks = blocks.filter(lambda block: takes(following, block.output_shape(shape)))
    return draw(blocks)


def _any_of(kinds: Mapping[str, Kind], shape: Shape) -> st.SearchStrategy[Any]:
    several = [fitting(kind, shape) for kind in kinds.values()]
    return st.sampled_from([few for few in several if few]).flatmap(st.sampled_from)


def _up_to(largest: int) -> st.SearchStrategy[int]:
    """1 to `largest`, each as often as the others, and 1 the simplest."""
    return st.sampled_from(range(1, largest + 1))


def _one_in(number: int) -> st.SearchStrategy[bool]:
    """True once in `number`; False is the simplest."""
    return st.sampled_from([False] * (number - 1) + [True])


@st.composite
def _block(draw: st.DrawFn, shape: Shape) -> Layer:
    """Two or three branches of up to two layers, of equal shape unless concatenated."""
    branches = [_branch(draw, shape) for _ in range(draw(_up_to(2)) + 1)]
    width = sum(sequence_output_shape(branch, shape)[-1] for branch in branches)
    small = prod(shape[:-1]) * width <= LARGEST_SAMPLE
    join = draw(st.sampled_from(JOINS if small else ("add", "multiply")))
    if join != "concatenate":
        branches = [_as_wide(branch, shape) for branch in branches]
    return Parallel(tuple(branches), join)


def _branch(draw: st.DrawFn, shape: Shape) -> tuple[Layer, ...]:
    """Layers that change the last axis at most."""
    layers: tuple[Layer, ...] = ()
    for _ in range(draw(_up_to(3)) - 1):
        here = sequence_output_shape(layers, shape)
        kind = draw(st.sampled_from(inner_kinds(here)))
        kept = [a for a in candidates(kind, here) if a.output_shape(here)[:-1] == shape[:-1]]
        layers += (draw(st.sampled_from(kept)),) if kept else ()
    return layers


def _as_wide(branch: tuple[Layer, ...], shape: Shape) -> tuple[Layer, ...]:
    """The branch, brought to the width of its input if it has another one."""
    if sequence_output_shape(branch, shape) == shape:
        return branch
    return (*branch, Dense(shape[-1]))


def _with_one_again(draw: st.DrawFn, layers: tuple[Layer, ...], inputs: Shape) -> tuple[Layer, ...]:
    """The layers, and behind them one with parameters once more, if one of them fits."""
    outputs = sequence_output_shape(layers, inputs)
    fitting = [
        layer
        for _, layer, shape in walk(layers, inputs)
        if (parameters := layer.parameter_shapes(shape))
        and layer.tokens is None
        and layer in candidates(layer.kind, outputs)
        and layer.parameter_shapes(outputs) == parameters
    ]
    return (*layers, draw(st.sampled_from(fitting))) if fitting else layers


def _alike(architecture: Architecture) -> list[tuple[str, str]]:
    """The paths of two layers of one kind with parameters of the same shapes, the later first."""
    places = [
        (path, (layer.kind, layer.parameter_shapes(shape)))
        for path, layer, shape in architecture.walk()
        if layer.parameter_shapes(shape)
    ]
    return [
        (later, earlier)
        for number, (earlier, parameters) in enumerate(places)
        for later, others in places[number + 1 :]
        if parameters == others
    ]
