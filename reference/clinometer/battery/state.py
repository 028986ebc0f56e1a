"""What a pass may not remember, and what of its results belongs to the caller alone.

Two forward passes live beside each other, one of them at another point; the backward pass of
the first runs before and after that of the other, and must not tell the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from clinometer.battery.arithmetic import (
    Gradients,
    coarsest,
    differing,
    largest_finite,
    reordering,
    same_bits,
    wide,
)
from clinometer.battery.calls import Calls, Failed, Forward, Plain
from clinometer.battery.cotangents import Cotangent, gradients_for
from clinometer.battery.layouts import Laid, lay
from clinometer.implementation import Leaves
from clinometer.problem import scale

WITNESS = "state"
KEPT = "{} that was returned changes with the next call"


def try_state(
    calls: Calls, forward: Forward, cotangent: Cotangent, random: np.random.Generator
) -> Gradients | None:
    """The gradients for the cotangent, without those that are NaN.

    None where they are others at the next call, so that nothing can be compared with them.
    """
    plain = calls.implementation.plain
    laid = {name: lay(calls.implementation, array) for name, array in cotangent.items()}
    outputs = {name: np.array(plain(a)) for name, a in forward.run.outputs.items()}
    with _watching(calls, forward):
        returned = calls.pull(forward, laid)
    gradients = _numbers(calls, calls.gradients(returned, forward.point))
    _look_for_shared_memory(calls, forward, laid, returned)
    kept = {name: np.array(plain(a)) for name, a in returned.items() if a is not None}

    _pass_elsewhere(calls, cotangent, random)
    for name, array in outputs.items():
        if not same_bits(plain(forward.run.outputs[name]), array):
            calls.breach("value", WITNESS, KEPT.format(f"the value {name}"))
    for name, array in kept.items():
        if not same_bits(plain(returned[name]), array):
            calls.breach(name, WITNESS, KEPT.format("the gradient"))

    # Before another forward pass at this point, which would put right what was left behind.
    same = _backward_again(calls, forward, cotangent, gradients)
    _forward_again(calls, outputs)
    return gradients if same else None


def _watching(calls: Calls, forward: Forward) -> Any:
    """PyTorch's own classes of functions are looked at from inside."""
    if calls.implementation.library != "torch":
        return nullcontext()
    from clinometer.battery.torch_functions import watching

    return watching(calls, forward)


def _numbers(calls: Calls, gradients: Gradients) -> Gradients:
    """Those without NaN, which nothing can be compared with."""
    wrong = [name for name, array in gradients.items() if np.isnan(array).any()]
    for name in wrong:
        if calls.point[name].dtype == np.float16:
            calls.untried.append(f"the gradient of {name}: float16 overflows")
        else:
            calls.breach(name, "cotangents", "the gradient is NaN for a finite cotangent")
    return {name: array for name, array in gradients.items() if name not in wrong}


def _look_for_shared_memory(
    calls: Calls, forward: Forward, laid: Mapping[str, Laid], returned: Leaves
) -> None:
    """In JAX none can be written to. PyTorch copies what it shares, but for arguments."""
    if calls.implementation.library == "jax":
        return
    others = {f"the argument {name}": leaf for name, leaf in forward.leaves.items()}
    if calls.implementation.library == "numpy":
        others |= {f"the cotangent of {name}": a.buffer for name, a in laid.items()}
    for name in (name for name in calls.moving if returned.get(name) is not None):
        for whose, other in others.items():
            if _shared(calls, returned[name], other):
                reason = f"its gradient shares memory with {whose}: who writes to one changes both"
                calls.breach(name, "contract", reason, "inconclusive")
        if calls.implementation.library == "numpy":
            others[f"the gradient of {name}"] = returned[name]


def _shared(calls: Calls, array: Any, other: Any) -> bool:
    return np.shares_memory(calls.implementation.plain(array), calls.implementation.plain(other))


def _pass_elsewhere(calls: Calls, cotangent: Cotangent, random: np.random.Generator) -> None:
    """A forward and a backward pass at a point beside, for what they may leave behind."""
    point = {n: _moved(a, random) if n in calls.moving else a for n, a in calls.point.items()}
    try:
        gradients_for(calls, calls.forward(point), cotangent)
    except Failed as failed:
        calls.untried.append(f"another input in between: {failed}")


def _moved(array: Any, random: np.random.Generator) -> Any:
    """Each element by 1/64 to 1/16 of its scale."""
    moves = random.uniform(1 / 64, 1 / 16, array.shape) * random.choice([-1, 1], array.shape)
    return (wide(array) + moves * scale(wide(array))).astype(array.dtype)


def _forward_again(calls: Calls, outputs: Plain) -> None:
    """The same value for the same arguments; what is drawn at random cannot be judged."""
    run = calls.forward(calls.point).run
    again = {name: np.array(calls.implementation.plain(a)) for name, a in run.outputs.items()}
    if all(name in again and same_bits(again[name], a) for name, a in outputs.items()):
        return
    names = [name for name in outputs if name in again and again[name].shape == outputs[name].shape]
    mine, other = ({n: wide(arrays[n]) for n in names} for arrays in (again, outputs))
    reason = "a second forward pass with the same arguments gives another value"
    found = differing(WITNESS, mine, other, _reordered(calls, other))
    calls.note(reason, [replace(c, array="value", status="inconclusive") for c in found])
    if len(names) < len(outputs):
        calls.breach("value", WITNESS, reason, "inconclusive")


def _backward_again(
    calls: Calls, forward: Forward, cotangent: Cotangent, gradients: Gradients
) -> bool:
    """True where the first forward pass gives the same gradient after the others as before."""
    try:
        again = gradients_for(calls, forward, cotangent)
    except Failed as failed:
        calls.breach_everywhere(f"{failed}, the second time", WITNESS)
        return False
    if all(same_bits(again[name], array) for name, array in gradients.items() if name in again):
        return True
    calls.jitters = True
    found = differing(WITNESS, again, gradients, _reordered(calls, gradients))
    if found:
        calls.note(_remembered(calls, cotangent), found)
    return not found


def _remembered(calls: Calls, cotangent: Cotangent) -> str:
    """Whether it is the backward pass or another forward pass that leaves something behind."""
    forward = calls.forward(calls.point)
    first, second = (gradients_for(calls, forward, cotangent) for _ in range(2))
    if differing(WITNESS, second, first, _reordered(calls, first)):
        return "a second backward pass after the same forward pass gives another gradient"
    return "another forward pass before the backward pass changes the gradient"


def _reordered(calls: Calls, gradients: Gradients) -> Gradients:
    """How far sums may go that change their order from call to call."""
    arrays = [calls.point[name] for name in calls.moving]
    part = reordering(sum(array.size for array in arrays), coarsest(arrays))
    return {n: np.full(a.shape, part * largest_finite(a)) for n, a in gradients.items()}
