"""The contract of an implementation, tried by calling it: what holds of every right gradient.

No function is differentiated here. A backward pass is a linear map of its cotangent, knows
nothing of how that lies in memory, and gives the same after any other call. It changes nothing
that it was given, and returns arrays of the arguments' shapes and dtypes. What breaks this is
wrong, whatever the function; what keeps it may still be wrong, and is for the oracles.

Three witnesses tell of breaches, and none of what is in order:

`cotangents`: the gradient is no linear function of the cotangent, or depends on its layout.
`state`: the gradient, or the function's value, is another one after other calls.
`contract`: a shape, a dtype, an argument or a cotangent that is changed; and, `inconclusive`,
what is a matter of agreement with the caller: shared memory, random numbers drawn, a dtype that
PyTorch casts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from clinometer.battery.batches import try_batches
from clinometer.battery.calls import Calls, Failed
from clinometer.battery.cotangents import drawn, live
from clinometer.battery.laws import Laws
from clinometer.battery.randomness import random_state_kept
from clinometer.battery.state import try_state
from clinometer.comparison import Comparison
from clinometer.implementation import Implementation, Leaves

#: Numbers of samples beyond the usual sizes of blocks, each with a remainder; and none at all.
BATCHES = (0, 33, 129, 1025)


@dataclass(frozen=True)
class Trial:
    """What the battery found.

    Attributes:
        comparisons: a comparison for each breach, with a sentence as its `reason`.
        untried: a sentence for each thing that could not be tried.
        not_taken: a sentence for each number of samples that the function does not take, so that
            there is nothing to try.
        forwards, backwards: the number of passes made.
    """

    comparisons: tuple[Comparison, ...]
    untried: tuple[str, ...]
    not_taken: tuple[str, ...]
    forwards: int
    backwards: int


@np.errstate(all="ignore")  # what is not finite shows in the comparisons
def examine(
    implementation: Implementation,
    leaves: Leaves,
    seed: int = 0,
    batches: Iterable[int] = (),
    samples: Collection[str] | None = None,
) -> Trial:
    """The contract of the implementation, tried at these leaves, which stay as they are.

    `leaves` are arrays of the implementation's library. `batches` are numbers of samples to try
    besides, such as BATCHES: two passes each; `samples` are the leaves that may hold a sample in
    each row, all unless given. Random states are left as they were found.
    """
    calls = Calls(implementation, leaves)
    random = np.random.default_rng(seed)
    with random_state_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of empty means, casts: they are not the user's calls
        try:
            _try_all(calls, random, partial(try_batches, sizes=batches, samples=samples))
        except Failed as failed:
            calls.breach_everywhere(str(failed))
    found = tuple(calls.breaches.values())
    passes = calls.forwards, calls.backwards
    return Trial(found, tuple(calls.untried), tuple(calls.not_taken), *passes)


def _try_all(calls: Calls, random: np.random.Generator, batches: Callable[[Laws], None]) -> None:
    if not calls.moving:
        calls.untried.append("the backward pass: no argument holds real or complex numbers")
        return
    forward = calls.forward(calls.point)
    outputs = live(calls, forward)
    if not outputs:
        return
    cotangent = drawn(outputs, random)
    gradients = try_state(calls, forward, cotangent, random)
    if gradients:
        laws = Laws(calls, forward, gradients, cotangent, random)
        laws.try_all()
        if calls.implementation.library == "torch":
            from clinometer.battery.alone import try_alone

            try_alone(laws)
        batches(laws)
