"""Random cases in which a kind of layer, loss, join or penalty is on trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

from hypothesis import strategies as st

from clinometer.architecture import LAYERS, LOSSES, PENALTIES, Architecture, Case
from clinometer.architecture.candidates import SAMPLES, candidates, fitting, pairs
from clinometer.architecture.layers.activations import Identity
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import JOINS, Parallel
from clinometer.architecture.losses import Outputs
from clinometer.architecture.strategies import cases, cases_of_one_layer
from clinometer.campaign.drawing import Draw
from clinometer.dtypes import DTYPES

#: What is no kind of layer: two layers with the same parameters.
SHARED = "shared parameters"
KINDS = (*LAYERS, *JOINS, *LOSSES, *PENALTIES, SHARED)
#: So many cases are drawn at first, as most mistakes need few; and so many each time after that.
FIRST, MORE = 6, 32


def drawn(kind: str, seed: int) -> Iterator[Case]:
    """Cases of that kind, the same for the same seed, without end."""
    for number in count():
        yield from _batch(kind, seed, number)


@cache
def _batch(kind: str, seed: int, number: int) -> Sequence[Case]:
    """Drawn once for all mistakes of that kind."""
    return Draw(0, seed).drawn(cases_with(kind), MORE if number else FIRST, number)


@st.composite
def cases_with(draw: st.DrawFn, kind: str, dtypes: Sequence[str] = DTYPES) -> Case:
    """By itself as often as in a network."""
    if kind != SHARED and draw(st.booleans()):
        nothing_else = cases_of_one_layer(alone(kind), dtypes)
        return draw(nothing_else.filter(lambda case: _has(case, kind)))
    if kind in LAYERS:
        pair = draw(st.sampled_from([pair for pair in pairs() if kind in pair]))
        return draw(cases(dtypes, pair))
    if kind in (*JOINS, SHARED):
        return draw(cases(dtypes).filter(lambda case: _has(case, kind)))
    case = draw(cases(dtypes).filter(lambda case: bool(_descriptions(case, kind))))
    chosen = draw(st.sampled_from(_descriptions(case, kind)))
    part = {"loss": chosen} if kind in LOSSES else {"penalty": chosen}
    return replace(case, architecture=replace(case.architecture, **part))


def alone(kind: str) -> Architecture:
    """An architecture of nothing else, for `cases_of_one_layer`, which looks at kinds only."""
    if kind in LOSSES:
        return Architecture((3,), (Identity(),), fitting(LOSSES[kind], (3,))[0])
    if kind in PENALTIES:
        return Architecture((3,), (Dense(2),), Outputs(), fitting(PENALTIES[kind], (3,))[0])
    if kind in JOINS:
        return Architecture((3,), (Parallel(((), ()), kind),), Outputs())
    shape = next(s for several in SAMPLES for s in several if candidates(kind, s))
    return Architecture(shape, (candidates(kind, shape)[0],), Outputs())


def _has(case: Case, kind: str) -> bool:
    """Whether a join of that kind, or parameters that are shared, occur."""
    if kind == SHARED:
        return bool(case.architecture.shared)
    joins = {layer.join for _, layer, _ in case.architecture.walk() if isinstance(layer, Parallel)}
    return kind not in JOINS or kind in joins


def _descriptions(case: Case, kind: str) -> tuple[Any, ...]:
    """Losses or penalties of that kind that fit; a penalty needs a weight to act on."""
    architecture = case.architecture
    if kind in LOSSES:
        return fitting(LOSSES[kind], architecture.outputs)
    weights = any(name.endswith(".weight") for name in architecture.parameter_shapes)
    return fitting(PENALTIES[kind], architecture.inputs) if weights else ()
