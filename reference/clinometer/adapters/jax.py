"""JAX functions, with their own derivatives or with a backward pass by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Number
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from clinometer import trees
from clinometer.adapters.code import OUT, Code, Counted
from clinometer.adapters.memory import Remembering
from clinometer.adapters.objective import Objective
from clinometer.dtypes import DTYPES
from clinometer.frameworks.jax_gradient import JaxFunction, JaxGradient
from clinometer.frameworks.jax_watching import conducted, watched
from clinometer.implementation import Leaves
from clinometer.problem import Arrays, Conductor, Function, Gradient, Watcher


def is_trained(leaf: Any) -> bool:
    """True for arrays of real or complex floating-point numbers."""
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.inexact)


@dataclass(frozen=True, eq=False)
class JaxCode:
    """A function of JAX arrays. Its pullback is JAX's unless one was written by hand."""

    code: Code
    library: Literal["jax"] = "jax"
    conjugate = -1

    def __post_init__(self) -> None:
        object.__setattr__(self, "_met", _met(self.code))

    def native(self, array: Any) -> Any:
        """A copy."""
        with wide(array):
            return jnp.array(array)

    def plain(self, native: Any) -> Any:
        """The array's own memory, read-only."""
        return np.asarray(native)

    def like(self, point: Any, array: Any) -> Any:
        """In the dtype of the point."""
        return jnp.asarray(array, point.dtype)

    def cast(self, point: Any, array: Any) -> Any:
        """In the dtype of the point."""
        return jnp.asarray(array, point.dtype)

    def outputs(self, leaves: Leaves) -> dict[str, Any]:
        """The floating-point outputs by name."""
        return trained_leaves(self.code.function(*self.code.placed(leaves)))

    def run(self, leaves: Leaves) -> JaxRun:
        """One forward pass."""
        return JaxRun(self.code, leaves)

    def scalar(self, objective: Objective, arguments: Arrays) -> tuple[Function, Gradient]:
        """The objective, and its gradient."""
        return self.hidden(objective.value), self.gradient(objective)

    def gradient(self, objective: Objective) -> JaxFunction:
        """By JAX or by hand."""
        if objective.by_hand:
            return self.hidden(objective.gradient)
        return JaxByItself(objective.value, self.code.function, own=self._own)

    def hidden(self, code: Function) -> JaxObjective:
        """The function with the errors of its own arithmetic."""
        return JaxObjective(code, self.code.function, own=self._own)

    def watched(self, function: Function, watcher: Watcher) -> Function:
        """The function with each of its operations watched."""
        return watched(function, watcher, self._own)

    def conducted(self, function: Function, conductor: Conductor) -> Function:
        """The function with each of its operations run by a conductor."""
        return conducted(function, conductor, self._own)

    def differentiated(self, value: Function, point: Arrays) -> Mapping[str, Any]:
        """By reverse mode."""
        return jax.grad(value)(point)  # type: ignore[no-any-return] # JAX's

    @cached_property
    def _own(self) -> str:
        """The dtype of the arguments as they were handed over, the widest real one."""
        trained = (np.dtype(x.dtype) for x in self.code.leaves().values() if is_trained(x))
        real = {jnp.finfo(dtype).dtype.name for dtype in trained}  # type: ignore[no-untyped-call]
        return min(real, key=DTYPES.index)


class JaxRun:
    """What the function returned, and its pullback."""

    def __init__(self, code: Code, leaves: Leaves) -> None:
        self.code, self.leaves = code, dict(leaves)
        with wide(*leaves.values()):
            if self.code.by_hand:
                self.arguments = self.code.placed(leaves)
                self.outputs = self._forward(leaves)
            else:
                self.outputs, self._pull = jax.vjp(self._forward, self.leaves)

    def _forward(self, leaves: Leaves) -> dict[str, Any]:
        self.returned = self.code.function(*self.code.placed(leaves))
        return trained_leaves(self.returned)

    def pull(self, cotangents: Leaves) -> Mapping[str, Any]:
        """By hand or by JAX; outputs without a cotangent get zero."""
        with wide(*self.leaves.values()):
            if self.code.vjp is not None:
                return self.code.pulled(self.arguments, self.returned, cotangents)
            if self.code.grad is not None:
                (cotangent,) = cotangents.values()
                found = self.code.graded(self.arguments)
                return {n: None if g is None else _times(cotangent, g) for n, g in found.items()}
            zeros = {name: jnp.zeros_like(out) for name, out in self.outputs.items()}
            (gradients,) = self._pull({**zeros, **cotangents})
        return gradients  # type: ignore[no-any-return] # JAX's


def _met(code: Code) -> Any:
    """The function and its pullback as programs in the dtypes of the arguments, to be kept.

    With 64 bits off JAX 0.10.2 takes a NumPy array that a function captures as it has met it first,
    as long as a program holds it: after one with 64 bits the function itself would fail.
    """
    if jax.config.jax_enable_x64:  # type: ignore[attr-defined] # JAX's
        return None
    uncounted = replace(code, function=Counted(code.function.function))
    fixed = code.leaves()
    moved = {name: leaf for name, leaf in fixed.items() if is_trained(leaf)}

    def forward(leaves: Leaves) -> Any:
        return JaxRun(uncounted, {**fixed, **leaves}).outputs

    def both(leaves: Leaves) -> Any:
        run = JaxRun(uncounted, {**fixed, **leaves})
        ones = {name: jnp.ones_like(out) for name, out in run.outputs.items()}
        return run.outputs, run.pull(ones)

    for function in (both, forward):
        with suppress(Exception):  # whatever it is, it is told where the function is on trial
            return jax.make_jaxpr(function)(moved)
    return None


def _times(cotangent: Any, gradient: Any) -> Any:
    """The gradient times a cotangent of one number, which no one knows while JAX compiles."""
    if not hasattr(gradient, "dtype") and not isinstance(gradient, Number):
        return gradient  # no array, for those who look at it
    return (cotangent.reshape(()) * gradient).astype(jnp.result_type(gradient))


def trained_leaves(returned: Any) -> dict[str, Any]:
    """The floating-point arrays in what a function returned."""
    return {name: leaf for name, leaf in trees.leaves(returned, OUT) if is_trained(leaf)}


@dataclass(frozen=True, eq=False)
class JaxObjective(Remembering, JaxFunction):
    """The value, or what is computed by hand, in the user's own setting where 32 bits do."""

    counted: Counted

    def _called(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A compiled program counts as a call of the function, and its tracing as none."""
        before = self.counted.calls
        result = super()._called(function, *arguments)
        self.counted.calls = before + 1
        return result

    def _precision(self, arguments: Any) -> AbstractContextManager[Any]:
        return wide(*jax.tree.leaves(arguments))


class JaxByItself(JaxObjective, JaxGradient):
    """The value and what JAX makes of the function and its own derivative."""


def wide(*arrays: Any) -> AbstractContextManager[Any]:
    """JAX's 64 bits for those who use them, and else what the user has set."""
    needed = any(array.dtype in (np.float64, np.complex128) for array in arrays)
    return jax.enable_x64(True) if needed else nullcontext()


implementation = JaxCode
