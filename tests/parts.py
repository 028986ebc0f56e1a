"""Every registered layer, join, loss and penalty in a network as small as can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clinometer.architecture import LAYERS, LOSSES, PENALTIES, Architecture, Layer, Loss
from clinometer.architecture.layers import JOINS, Dense, Identity, LeakyReLU, Parallel
from clinometer.architecture.losses import Outputs


def parts() -> dict[str, Architecture]:
    """Every kernel in a network as small as can be, with the kernel's kind."""

    def described(registered: dict[str, type]) -> list[Any]:
        fixed = {
            "dense": {"units": 2},
            "l2_penalty": {"strength": 0.5},
            "leaky_relu": {"slope": 0.25},
        }
        return [d(**fixed.get(k, {})) for k, d in registered.items() if k != "parallel"]

    layers: list[Layer] = described(LAYERS)
    losses: list[Loss] = described(LOSSES)
    dense = Architecture((3,), (Dense(2),), Outputs())
    return (
        {layer.kind: Architecture((3,), (layer,), Outputs()) for layer in layers}
        | {loss.kind: Architecture((3,), (Identity(),), loss) for loss in losses}
        | {
            join: Architecture((3,), (Parallel(((), (LeakyReLU(0.5),)), join),), Outputs())
            for join in JOINS
        }
        | {penalty.kind: replace(dense, penalty=penalty) for penalty in described(PENALTIES)}
    )


PARTS = parts()
