"""A function with its backward pass as the user of a library writes it, its passes counted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.checkers.faults import Fault
from benchmarks.checkers.functions import Function

#: The libraries' modules by the names of the distributions.
MODULES = {"numpy": "numpy", "torch": "torch", "jax": "jax.numpy"}


@dataclass(eq=False)
class Code:
    """A function, its backward pass, and how often each was run.

    Attributes:
        xp: the library's module.
        tally: called at every pass, with what it counts as.
    """

    of: Function
    fault: Fault
    xp: Any
    tally: Callable[[str], None]
    latest: tuple[Any, ...] = ()

    def forward(self, *arguments: Any) -> Any:
        """The function."""
        self.tally("forwards")
        if self.fault.stale:
            self.latest = tuple(x + 0 for x in arguments)
        return self.of.forward(self.xp, *arguments)

    def backward(self, cotangent: Any, *arguments: Any) -> tuple[Any, ...]:
        """The gradients with their fault."""
        self.tally("backwards")
        if self.fault.ignores:
            cotangent = 0 * cotangent + 1
        seen = self.latest if self.fault.stale else arguments
        return self.fault.change(self.xp, self.of.backward(self.xp, cotangent, *seen))


@dataclass(eq=False)
class Written:
    """What is handed to a checker.

    Attributes:
        function: takes the arguments one after the other.
        arguments: of the library.
        vjp: in NumPy, the backward pass, which takes the cotangent first.
        passes: how often the function and its backward pass were run.
    """

    function: Callable[..., Any]
    arguments: list[Any]
    vjp: Callable[..., Any] | None
    passes: dict[str, int]


def written(
    function: Function, fault: Fault, library: str, dtype: str, counted: bool = True
) -> Written:
    """The function in a library. JAX's passes are counted only if asked for: that costs time."""
    passes = {"forwards": 0, "backwards": 0}

    def tally(what: str) -> None:
        passes[what] += 1

    xp = import_module(MODULES[library])
    point = [xp.asarray(array) for array in function.point(dtype)]
    code = Code(function, fault, xp, _run(tally, counted) if library == "jax" else tally)
    if library == "jax":
        return Written(_in_jax(code), point, None, passes)
    if library == "torch":
        return Written(_in_torch(code), point, None, passes)
    return Written(code.forward, point, code.backward, passes)


def precision(library: str, dtype: str) -> AbstractContextManager[Any]:
    """Where JAX knows the dtype."""
    if library != "jax":
        return nullcontext()
    import jax

    return jax.enable_x64(np.dtype(dtype).itemsize == 8)  # type: ignore[no-any-return] # JAX's


def _in_torch(code: Code) -> Callable[..., Any]:
    import torch

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *arguments: Any) -> Any:
            ctx.save_for_backward(*arguments)
            return code.forward(*arguments)

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            return code.backward(cotangents[0], *ctx.saved_tensors)

    return Layer.apply


def _in_jax(code: Code) -> Callable[..., Any]:
    import jax

    layer = jax.custom_vjp(code.forward)
    layer.defvjp(
        lambda *arguments: (code.forward(*arguments), arguments),
        lambda arguments, cotangent: code.backward(cotangent, *arguments),
    )
    return layer


def _run(tally: Callable[[str], None], counted: bool) -> Callable[[str], None]:
    """Counts where the program is run, not where it is traced."""
    import jax

    if not counted:
        return lambda what: None
    return lambda what: jax.debug.callback(lambda: tally(what))
