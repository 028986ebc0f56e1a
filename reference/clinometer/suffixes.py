"""The dense layers of a hand-written network, each with what follows it: forward passes alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np

from clinometer.architecture.layers import LAYERS
from clinometer.formula import WIDE
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
    suffixes = _Suffixes(parameters, x.dtype)
    found: list[Place] = list(suffixes.dense(sequence, x.astype(WIDE), rest, "x"))
    if not any(isinstance(place, Affine) and place.source for place in found):
        whole = suffixes.then(sequence, 0, len(sequence.steps), rest)
        found.append(Place(name="x", values=x, rest=whole))
    return found


@dataclass(frozen=True)
class _Suffixes:
    """A network's parameters, and the dtype in which its suffixes are to run.

    What goes into them is computed in a wider one and then rounded, so that digits which were
    lost before are not missing in every slope behind.
    """

    parameters: Mapping[str, Any]
    dtype: Any

    @cached_property
    def wide(self) -> Mapping[str, Any]:
        return {name: array.astype(WIDE) for name, array in self.parameters.items()}

    def dense(self, sequence: SequenceStep, x: Any, rest: Rest, name: str = "") -> list[Affine]:
        """The dense layers of a sequence, last first; `name` is that of the argument that x is."""
        found: list[Affine] = []
        forward = [step.forward for step in sequence.steps]
        passed = list(accumulate(forward, lambda x, run: run(self.wide, x)[0], initial=x))
        following, there = None, len(forward)
        for here, step in reversed(list(enumerate(sequence.steps))):
            after = self.then(sequence, here + 1, len(forward), rest)
            if isinstance(step, ParallelStep):
                found += self._branches(step, passed[here], after)
                following = None
            elif step.kind == "dense":
                weight, bias = step.names
                following = Affine(
                    weight=weight,
                    bias=bias,
                    source=name if here == 0 else "",
                    inputs=passed[here].astype(self.dtype),
                    values=passed[here + 1].astype(self.dtype),
                    rest=after,
                    following=following,
                    activation=self.then(sequence, here + 1, there),
                )
                there = here
                found.append(following)
            elif not LAYERS[step.kind].elementwise:
                following = None
        return found

    def _branches(self, step: ParallelStep, x: Any, rest: Rest) -> list[Affine]:
        """The dense layers of each branch; what follows joins it with the ends of the others."""
        ends = [branch.forward(self.wide, x)[0].astype(self.dtype) for branch in step.branches]

        def joined(number: int) -> Rest:
            def join(y: Any) -> Any:
                others = [repeated(end, len(y)) for end in ends]
                return rest(step.join.forward(*others[:number], y, *others[number + 1 :])[0])

            return join

        return [
            affine
            for number, branch in enumerate(step.branches)
            for affine in self.dense(branch, x, joined(number))
        ]

    def then(self, sequence: SequenceStep, start: int, end: int, rest: Rest = lambda y: y) -> Rest:
        """Some of the sequence's steps, and what follows them."""
        steps = SequenceStep(sequence.steps[start:end])
        return lambda y: rest(steps.forward(self.parameters, y)[0])


def repeated(array: Any, rows: int) -> Any:
    """Copies of the array one after the other, of so many rows in all; a number stays one."""
    if np.ndim(array) == 0:
        return array
    return np.tile(array, (rows // len(array),) + (1,) * (array.ndim - 1))
