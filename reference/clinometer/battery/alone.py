"""What a `torch.autograd.Function` may count on: that all of its arrays require a gradient.

Its `backward` is told by `ctx.needs_input_grad` which of them do, and one that leaves out the
others may return what is left in the wrong place.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from clinometer.battery.calls import Calls, Failed
from clinometer.battery.cotangents import Cotangent
from clinometer.battery.laws import WITNESS, Laws
from clinometer.battery.layouts import lay
from clinometer.battery.torch_functions import nodes

#: As many arrays are tried, each by itself: a forward and a backward pass.
SEVERAL = 4


def try_alone(laws: Laws) -> None:
    """The gradient of an array is the same where that alone requires one."""
    calls, names = laws.calls, [name for name in laws.calls.moving if name in laws.gradients]
    if len(calls.moving) < 2 or not any(nodes(laws.forward)):
        return
    for name in names[:SEVERAL]:
        try:
            found, broken = _alone(calls, name, laws.cotangent)
        except Failed as failed:
            calls.breach(name, WITNESS, f"{failed}, where {name} alone requires a gradient")
            continue
        if name in broken:
            calls.breach(name, WITNESS, f"{broken[name]}, where {name} alone requires one")
        mine = {name: found[name]} if name in found else {}
        wrong = laws.beyond(WITNESS, mine, laws.gradients, laws.reordered(1))
        calls.note(f"the gradient is another one where {name} alone requires one", wrong)


def _alone(calls: Calls, name: str, cotangent: Cotangent) -> tuple[Any, dict[str, str]]:
    forward = calls.forward(calls.point, partial(_held, set(calls.moving) - {name}))
    laid = {output: lay(calls.implementation, a) for output, a in cotangent.items()}
    return calls.read(calls.pull(forward, laid), forward.point)


def _held(names: set[str], name: str, leaf: Any) -> Any:
    """The leaf, as a parameter that requires no gradient if it is one of those."""
    return torch.nn.Parameter(leaf, requires_grad=False) if name in names else leaf
