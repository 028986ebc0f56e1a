"""The dense layers of a hand-written network, each with what follows it: forward passes alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

import numpy as np

from clinometer.architecture.layers import LAYERS
from clinometer.problem import Affine
from handgrad.steps import ParallelStep, SequenceStep

#: From outputs, of several copies of the batch one after the other, to the sum of their values.
Rest = Callable[[Any], Any]


def affine_steps(
    sequence: SequenceStep, parameters: Mapping[str, Any], x: Any, rest: Rest, source: str = ""
) -> list[Affine]:
    """The dense layers of a sequence with input `x`, whose outputs go into `rest`, last first.

    source: the name of the argument that `x` is, if nothing else reads it.
    """
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
            activation = _then(sequence, here + 1, there, parameters)
            weight, bias = step.names
            following = Affine(
                weight,
                bias,
                source if here == 0 else "",
                passed[here],
                passed[here + 1],
                after,
                following,
                activation if following else None,
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
        for affine in affine_steps(branch, parameters, x, joined(number))
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
