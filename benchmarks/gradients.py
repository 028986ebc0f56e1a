"""The workloads: one gradient of a network, vectorised and looped, for three sizes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.timer import compare
from clinometer import Architecture, Case
from clinometer.architecture.layers.activations import ReLU
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import SoftmaxCrossEntropy
from clinometer.problem import Problem
from clinometer.rounding import gradient_noise, rounding_bound
from clinometer.subjects import hand_written

DTYPES = ("float64", "float32")
BATCH = 32

#: Widths from the input to the output; relu between dense layers, softmax cross-entropy last.
SIZES = {
    "small": (4, 16, 3),
    "medium": (16, 64, 64, 10),
    "large": (64, 256, 256, 10),
}


@dataclass(frozen=True)
class Protocol:
    """How long to time."""

    rounds: int = 11
    slice_seconds: float = 0.035


@dataclass(frozen=True)
class Row:
    """One candidate on one workload.

    seconds: processor time of one gradient. ratio, low, high: to the vectorised one, with the
    95 % interval. floor: the noise floor of that comparison. bytes: the peak of memory that
    one gradient takes.
    """

    size: str
    widths: tuple[int, ...]
    parameters: int
    dtype: str
    candidate: str
    seconds: float
    ratio: float
    low: float
    high: float
    floor: float
    tie: bool
    bytes: int


def measure(size: str, dtype: str, protocol: Protocol) -> list[Row]:
    """A row for each candidate. Raises ValueError if they do not compute the same."""
    case = _case(SIZES[size], dtype)
    problem = hand_written.problem(case)
    require_equal(problem)
    arguments, target = problem.cast(dtype), case.target()
    candidates = {
        name: _gradient(hand_written.network(case.architecture, name), arguments, target)
        for name in problem.gradients
    }
    result = compare(candidates, protocol.rounds, protocol.slice_seconds)
    return [
        Row(
            size=size,
            widths=SIZES[size],
            parameters=sum(a.size for name, a in arguments.items() if name != "x"),
            dtype=dtype,
            candidate=name,
            seconds=timing.seconds,
            ratio=timing.ratio,
            low=timing.low,
            high=timing.high,
            floor=result.floor,
            tie=result.tied(name),
            bytes=_peak_bytes(candidates[name]),
        )
        for name, timing in result.timings.items()
    ]


def require_equal(problem: Problem) -> None:
    """Refuse to time gradients that differ by more than the rounding of both explains."""
    results = {
        name: gradient(problem.cast(problem.dtype))[1]
        for name, gradient in problem.gradients.items()
    }
    first, *others = results
    noise = gradient_noise(problem, problem.traced or first, problem.dtype)
    for other in others:
        for array, mine in results[first].items():
            bound = 2 * rounding_bound(noise[array], mine, problem.dtype)
            if not np.all(np.abs(results[other][array] - mine) <= bound):
                raise ValueError(f"{first} and {other} differ in {array}: they cannot be compared")


def _case(widths: tuple[int, ...], dtype: str) -> Case:
    inputs, *hidden, outputs = widths
    layers = [layer for width in hidden for layer in (Dense(width), ReLU())]
    architecture = Architecture((inputs,), (*layers, Dense(outputs)), SoftmaxCrossEntropy())
    return Case(architecture, dtype, BATCH)


def _gradient(
    network: Any, arguments: Mapping[str, Any], target: Any
) -> Callable[[], tuple[Any, Any]]:
    x, parameters = arguments["x"], {n: a for n, a in arguments.items() if n != "x"}
    return lambda: network.value_and_grad(parameters, x, target)


def _peak_bytes(candidate: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        candidate()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
