"""The cases: small networks of the families, and random architectures, each drawn from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from benchmarks.calibration.families import drawn
from clinometer.campaign.drawing import Draw
from clinometer.estimate import Oracle
from clinometer.problem import Problem
from clinometer.registry import choose_oracles
from clinometer.subjects import hand_written

FAMILIES, RANDOM, PEERS = "families", "random architectures", "peers"


@dataclass(frozen=True)
class Chunk:
    """Some cases: what is done with which, their dtype, their numbers, and the seed of all.

    kind: FAMILIES or RANDOM, or PEERS for other checkers on the families.
    """

    kind: str
    dtype: str
    start: int
    stop: int
    seed: int


@dataclass(frozen=True, eq=False)
class Trial:
    """A problem whose gradient is right, and the oracles to judge it.

    name: what rebuilds it. subject: which of the problem's gradients is on trial.
    """

    name: str
    family: str
    regime: str
    problem: Problem
    subject: str
    oracles: Mapping[str, Oracle]


def trials(chunk: Chunk) -> Iterator[Trial]:
    """The chunk's cases, always the same."""
    return _random_architectures(chunk) if chunk.kind == RANDOM else _families(chunk)


def _families(chunk: Chunk) -> Iterator[Trial]:
    for network in drawn(chunk.dtype, range(chunk.start, chunk.stop), chunk.seed):
        problem = network.problem()
        oracles = _on_duty(problem, 0)
        yield Trial(str(network), network.family, network.regime, problem, "by hand", oracles)


def _random_architectures(chunk: Chunk) -> Iterator[Trial]:
    number = chunk.stop - chunk.start
    seed = zlib.crc32(f"{chunk.seed} {chunk.dtype} {chunk.start}".encode())
    for position, case in enumerate(Draw(number, seed, (chunk.dtype,)).cases[:number]):
        problem = hand_written.problem(case)
        oracles = _on_duty(problem, position)
        yield Trial(case.to_json(), RANDOM, case.values, problem, "vectorised", oracles)


def _on_duty(problem: Problem, position: int) -> dict[str, Oracle]:
    """The usable oracles, each in its turn; without readings, those that need one stay away."""
    return {
        name: oracle
        for name, oracle in _oracles().items()
        if position % oracle.STRIDE == 0 and (problem.readings or oracle.NATURE != "autograd")
    }


@cache
def _oracles() -> dict[str, Oracle]:
    return choose_oracles()
