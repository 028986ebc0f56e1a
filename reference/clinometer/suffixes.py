"""The dense layers of a hand-written network, each with what follows it: forward passes alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

import numpy as np

from clinometer.architecture.layers import LAYERS
from clinometer.problem import Affine, Place
from handgrad.steps import ParallelStep, SequenceStep

#: From outputs, of several copies of the batch one after the other, to the sum of their values.
Rest = Callable[[Any], Any]


def places(
    sequence: SequenceStep, parameters: Mapping[str, Any], x: Any, rest: Rest
) -> list[Place]:
    """The dense layers of a network with input `x`, whose outputs go into `rest`.

    And the input itself where no dense layer alone reads it.
    """
    found: list[Place] = list(_dense(sequence, parameters, x, rest, "x"))
    if not any(isinstance(place, Affine) and place.source for place in found):
        whole = _then(sequence, 0, len(sequence.steps), parameters, rest)
        found.append(Place(name="x", values=x, rest=whole))
    return found


def _dense(
    sequence: SequenceStep, parameters: Mapping[str, Any], x: Any, rest: Rest, name: str = ""
) -> list[Affine]:
    """The dense layers of a sequence, last first; `name` is that of the argument that `x` is."""
    found: list[Affine] = []
    forward = [step.forward for step in sequence.steps]
    passed = list(accumulate(forward, lambda x, run: run(parameters, x)[0], initial=x))
    following, there = None, len(forward)
    for here, step in reversed(list(enumerate(sequence.steps))):
        after = _then(sequence, here + 1, len(forward), parameters, rest)
        if isinstance(step, ParallelStep):
            found += _branches(step, parameters, passed[here], after)
            following = None
        elif step.kind == "dense":
            weight, bias = step.names
            following = Affine(
                weight=weight,
                bias=bias,
                source=name if here == 0 else "",
                inputs=passed[here],
                values=passed[here + 1],
                rest=after,
                following=following,
                activation=_then(sequence, here + 1, there, parameters),
            )
            there = here
            found.append(following)
        elif not LAYERS[step.kind].elementwise:
            following = None
    return found


def _branches(
    step: ParallelStep, parameters: Mapping[str, Any], x: Any, rest: Rest
) -> list[Affine]:
    """The dense layers of each branch; what follows joins it with the ends of the others."""
    ends = [branch.forward(parameters, x)[0] for branch in step.branches]

    def joined(number: int) -> Rest:
        def join(y: Any) -> Any:
            others = [repeated(end, len(y)) for end in ends]
            return rest(step.join.forward(*others[:number], y, *others[number + 1 :])[0])

        return join

    return [
        affine
        for number, branch in enumerate(step.branches)
        for affine in _dense(branch, parameters, x, joined(number))
    ]


def _then(
    sequence: SequenceStep,
    start: int,
    end: int,
    parameters: Mapping[str, Any],
    rest: Rest = lambda y: y,
) -> Rest:
    steps = SequenceStep(sequence.steps[start:end])
    return lambda y: rest(steps.forward(parameters, y)[0])


def repeated(array: Any, rows: int) -> Any:
    """Copies of the array one after the other, of so many rows in all; a number stays one."""
    if np.ndim(array) == 0:
        return array
    return np.tile(array, (rows // len(array),) + (1,) * (array.ndim - 1))
