"""A case's hand-written network before the battery, for mistakes that only calls show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import handgrad
from clinometer.architecture import Case
from clinometer.battery import Trial, examine
from clinometer.implementation import Leaves
from clinometer.subjects.hand_written import network

#: More samples than a block of 256 holds, with a remainder.
BATCHES = (300,)


def try_contract(case: Case, kernels: str) -> Trial | None:
    """What the battery finds in double precision; None if there are more than arguments.

    In 16 bits a sum over the larger batch loses all its digits, whoever computes it.
    """
    architecture = case.architecture
    if architecture.constants or architecture.tokens:
        return None
    implementation = HandWritten(network(architecture, kernels))
    return examine(implementation, case.arguments(), case.seed, BATCHES)


@dataclass
class HandWritten:
    """A network as an implementation: x and parameters by name, one output `y`."""

    network: handgrad.Network
    library: Literal["numpy", "torch", "jax"] = "numpy"

    def native(self, array: Any) -> Any:
        return np.array(array)

    def plain(self, native: Any) -> Any:
        return np.asarray(native)

    def run(self, leaves: Leaves) -> Run:
        parameters = {name: array for name, array in leaves.items() if name != "x"}
        y, cache = self.network.forward(parameters, leaves["x"])
        return Run(self.network, {"y": y}, cache)


@dataclass
class Run:
    """A forward pass of it."""

    network: handgrad.Network
    outputs: Leaves
    cache: Any

    def pull(self, cotangents: Leaves) -> Mapping[str, Any]:
        return self.network.backward(cotangents["y"], self.cache)
