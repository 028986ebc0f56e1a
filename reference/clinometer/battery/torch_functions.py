"""What `torch.autograd.Function`s return, before PyTorch sums it down and casts it.

The engine brings each gradient to the shape and the dtype of the input, without a word. So for
the time of a backward pass, the `backward` of each class of functions in the graph is one that
looks at what it returns. What PyTorch's own operations return, and functions written in C++,
cannot be seen; and where the outputs are detached from the graph, nothing can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor

from clinometer.battery.calls import Calls, Forward


@contextmanager
def watching(calls: Calls, forward: Forward) -> Iterator[None]:
    """Inside it, backward passes are looked at; what is wrong with them is noted."""

    def look(node: Any, returned: Any) -> None:
        _look(calls, forward, node, returned)

    with ExitStack() as stack:
        for function in {node._forward_cls for node in nodes(forward)}:  # noqa: SLF001
            stack.enter_context(_looking(function, look))
        yield


@contextmanager
def _looking(function: Any, look: Callable[[Any, Any], None]) -> Iterator[None]:
    """Inside it, the class's `backward`, or `vjp` where it has that, is one that looks."""
    name = "backward" if function.vjp is torch.autograd.Function.vjp else "vjp"
    original = getattr(function, name)

    def backward(node: Any, *cotangents: Any) -> Any:
        returned = original(node, *cotangents)
        look(node, returned)
        return returned

    own = vars(function).get(name)
    setattr(function, name, staticmethod(backward))
    try:
        yield
    finally:
        if own is None:
            delattr(function, name)
        else:
            setattr(function, name, own)


def nodes(forward: Forward) -> Iterator[Any]:
    """The nodes of the graph that are functions written in Python."""
    reached = [a.grad_fn for a in forward.run.outputs.values() if isinstance(a, Tensor)]
    seen = set()
    while reached:
        node = reached.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        reached += [following for following, _ in node.next_functions]
        if hasattr(node, "_forward_cls"):
            yield node


def _look(calls: Calls, forward: Forward, node: Any, returned: Any) -> None:
    each = returned if isinstance(returned, tuple) else (returned,)
    asked = [g for g, needed in zip(each, node.needs_input_grad, strict=False) if needed]
    inputs = [following for following in node.next_functions if following[0] is not None]
    for number, (gradient, following) in enumerate(zip(asked, inputs, strict=False), start=1):
        if isinstance(gradient, Tensor):
            _compare(
                calls, forward, f"{node.name()} returns for its input {number}", gradient, following
            )


def _compare(calls: Calls, forward: Forward, who: str, gradient: Tensor, following: Any) -> None:
    node, number = following
    expected = node._input_metadata[number]  # noqa: SLF001 # what the engine itself holds it to
    name = _argument(forward, node)
    shapes = tuple(gradient.shape), tuple(expected.shape)
    if shapes[0] != shapes[1]:
        reason = f"{who} shape {shapes[0]}, not {shapes[1]}, and PyTorch sums it down"
        calls.breach(name, "contract", reason)
    elif gradient.dtype != expected.dtype:
        reason = f"{who} {gradient.dtype}, not {expected.dtype}, and PyTorch casts it"
        calls.breach(name, "contract", reason, "inconclusive")


def _argument(forward: Forward, node: Any) -> str:
    """The leaf that the gradient goes to at once, or `value` where it goes on through the graph."""
    place = node.variable.data_ptr() if hasattr(node, "variable") else None
    return next((n for n, leaf in forward.leaves.items() if leaf.data_ptr() == place), "value")
