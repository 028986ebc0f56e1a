"""Every registered layer, join, loss and penalty in a network as small as can be."""

from __future__ import annotations

from dataclasses import replace

from clinometer.architecture import LAYERS, LOSSES, PENALTIES, Architecture
from clinometer.architecture.candidates import candidates, fitting
from clinometer.architecture.description import Description
from clinometer.architecture.layers.activations import Identity, LeakyReLU
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import JOINS, Parallel
from clinometer.architecture.losses import Outputs

#: Samples, the smallest first, one of which every layer takes.
SHAPES = ((3,), (4, 2), (2, 3, 4))


def parts() -> dict[str, Architecture]:
    """Every kernel in a network as small as can be, with the kernel's kind."""
    dense = Architecture((3,), (Dense(2),), Outputs())
    return (
        {kind: _layer(kind) for kind in LAYERS if kind != "parallel"}
        | {kind: Architecture((3,), (Identity(),), _first(loss)) for kind, loss in LOSSES.items()}
        | {
            join: Architecture((3,), (Parallel(((), (LeakyReLU(0.5),)), join),), Outputs())
            for join in JOINS
        }
        | {kind: replace(dense, penalty=_first(penalty)) for kind, penalty in PENALTIES.items()}
    )


def _layer(kind: str) -> Architecture:
    shape = next(shape for shape in SHAPES if candidates(kind, shape))
    layer = candidates(kind, shape)[0]
    return Architecture(shape, (Dense(2) if kind == "dense" else layer,), Outputs())


def _first(kind: type[Description]) -> Description:
    return fitting(kind, (3,))[0]


PARTS = parts()
