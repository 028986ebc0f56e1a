"""Forward and backward passes under watch: counted, and with all that they were given compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np

from clinometer.battery.arithmetic import Gradients, is_inexact, same_bits, wide
from clinometer.battery.layouts import Laid
from clinometer.battery.randomness import random_states
from clinometer.comparison import Comparison, Status
from clinometer.errors import said
from clinometer.implementation import Implementation, Leaves, Run

#: NumPy arrays by name.
Plain: TypeAlias = Mapping[str, Any]

T = TypeVar("T")


class Failed(Exception):
    """The code on trial raised an error, which the message tells."""


@dataclass(frozen=True, eq=False)
class Forward:
    """A forward pass, the leaves that it was given, and what stood in them."""

    run: Run
    leaves: Leaves
    point: Plain


class Calls:
    """Passes of an implementation, and what is found of it on the way.

    Attributes:
        point: the leaves as NumPy arrays. Each forward pass gets fresh copies.
        moving: the names of the leaves that are real or complex numbers.
        breaches: by array, witness and reason, so that each stands there once.
        untried: a sentence for each thing that could not be tried.
        not_taken: a sentence for each number of samples that the function does not take.
        wider: the dtypes of the outputs that a gradient may take over.
        jitters: True once the same call was seen to differ from itself in the last digits.
    """

    def __init__(self, implementation: Implementation, leaves: Leaves) -> None:
        self.implementation = implementation
        self.point = {name: np.array(implementation.plain(a)) for name, a in leaves.items()}
        self.moving = [name for name, array in self.point.items() if is_inexact(array)]
        self.forwards = self.backwards = 0
        self.breaches: dict[tuple[str, str, str], Comparison] = {}
        self.untried: list[str] = []
        self.not_taken: list[str] = []
        self.jitters = False
        self.wider: list[Any] = []
        self._states: dict[str, Any] = {}  # after the latest pass: to ask for them takes its time

    def widened(self) -> Calls:
        """Calls at the same point in double precision, with breaches and counts of their own."""
        calls = Calls(self.implementation, {})
        calls.point = {n: wide(a) if n in self.moving else a for n, a in self.point.items()}
        calls.moving = self.moving
        return calls

    def count(self, calls: Calls) -> None:
        """Add the passes that those calls have made."""
        self.forwards += calls.forwards
        self.backwards += calls.backwards
        self._states = {}

    def forward(self, point: Plain, held: Callable[[str, Any], Any] | None = None) -> Forward:
        """A forward pass on fresh copies of the point's arrays. Raises Failed if it does.

        `held` may put another array of the library's in the place of each.
        """
        self.forwards += 1
        leaves = {name: self.implementation.native(array) for name, array in point.items()}
        leaves = {name: held(name, leaf) for name, leaf in leaves.items()} if held else leaves
        run = self._watched("forward", lambda: self.implementation.run(leaves))
        forward = Forward(run, leaves, point)
        self._look_at(forward, "forward")
        dtypes = (self.implementation.plain(out).dtype for out in run.outputs.values())
        self.wider = [dtype for dtype in dtypes if dtype in (np.float32, np.float64)]
        return forward

    def pull(self, forward: Forward, cotangents: Mapping[str, Laid]) -> Leaves:
        """The gradients as they are returned. Raises Failed if the backward pass does."""
        self.backwards += 1
        handed = {name: laid.array for name, laid in cotangents.items()}
        returned = self._watched("backward", lambda: dict(forward.run.pull(handed)))
        self._look_at(forward, "backward")
        for name, laid in cotangents.items():
            if not same_bits(self.implementation.plain(laid.buffer), laid.memory):
                reason = f"the backward pass changes the cotangent of {name}"
                self.breach("value", "contract", reason)
        return returned

    def gradients(self, returned: Leaves, point: Plain) -> Gradients:
        """The returned gradients in double precision; notes those of a wrong shape or dtype."""
        found, broken = self.read(returned, point)
        for name, reason in broken.items():
            self.breach(name, "contract", reason)
        return found

    def read(self, returned: Leaves, point: Plain) -> tuple[Gradients, dict[str, str]]:
        """The gradients of the point's arrays, and what is wrong with the others."""
        found, broken = {}, {}
        for name in self.moving:
            gradient = self._plain(returned, name, point[name])
            if isinstance(gradient, str):
                broken[name] = gradient
            else:
                found[name] = wide(gradient)
        return found, broken

    def _plain(self, returned: Leaves, name: str, array: Any) -> Any:
        if name not in returned:
            return "there is no gradient for it"
        if returned[name] is None:
            return np.zeros(array.shape)
        gradient = self.implementation.plain(returned[name])
        if gradient.shape != array.shape:
            return f"its gradient has shape {gradient.shape}, not {array.shape}"
        if gradient.dtype != array.dtype:
            reason = f"its gradient has dtype {gradient.dtype}, not {array.dtype}"
            if gradient.dtype != self._promoted(array):
                return reason
            self.breach(name, "contract", f"{reason}, as the outputs have", "inconclusive")
        return gradient

    def _promoted(self, array: Any) -> Any:
        """The dtype of a gradient whose cotangent is wider than the argument, both of them real."""
        return np.result_type(array.dtype, *self.wider)

    def breach(self, array: str, witness: str, reason: str, status: Status = "disagree") -> None:
        """Note a breach that no number measures."""
        self.note(reason, [Comparison(array, witness, status)])

    def breach_everywhere(
        self, reason: str, witness: str = "contract", status: Status = "disagree"
    ) -> None:
        """Note a breach for every gradient."""
        self.note(reason, [Comparison(name, witness, status) for name in self.moving])

    def note(self, reason: str, comparisons: Iterable[Comparison]) -> None:
        """Note these breaches, all for the same reason; of equal ones the first stays."""
        for c in comparisons:
            self.breaches.setdefault((c.array, c.witness, reason), replace(c, reason=reason))

    def _watched(self, which: str, call: Callable[[], T]) -> T:
        before = self._states or random_states()
        try:
            result = call()
        except Exception as error:
            raise Failed(f"the {which} pass raised {said(error)}") from error
        finally:
            self._states = after = random_states()
        for whose in (w for w in before if before[w] != after[w]):
            reason = f"the {which} pass draws from {whose}'s random numbers, which others use"
            self.breach("value", "contract", reason, "inconclusive")
        return result

    def _look_at(self, forward: Forward, which: str) -> None:
        for name, leaf in forward.leaves.items():
            if not same_bits(self.implementation.plain(leaf), forward.point[name]):
                self.breach(name, "contract", f"the {which} pass changes this argument")
