"""From what a user hands over to what the oracles, the contract and the report need of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from clinometer import trees
from clinometer.adapters.code import OUT, Code, Counted
from clinometer.adapters.objective import Adapter, Objective, cotangent, split_names
from clinometer.arrays import rounded
from clinometer.dtypes import DTYPES, NARROW
from clinometer.errors import InvalidInput
from clinometer.implementation import Run
from clinometer.problem import Arrays, Problem

#: The name of the gradient on trial.
SUBJECT = "backward"
#: Significands of a point in float64, so that steps along it are exact.
BITS = 50


@dataclass(frozen=True, eq=False)
class Trial:
    """What is on trial.

    Attributes:
        implementation: the code in its own library's arrays.
        leaves: the arrays that it is differentiated by, as NumPy arrays of their own dtype.
        objective: ⟨cotangent, outputs⟩ on the library's arrays.
        problem: the same for the oracles.
        function: counts its calls.
        unchecked: what is left out, by name, and why.
    """

    implementation: Adapter
    leaves: Arrays
    objective: Objective
    problem: Problem
    function: Counted
    unchecked: Mapping[str, str] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """The length of the first axis of the outputs, 1 where they have none."""
        return max((len(c) for c in self.objective.cotangents.values() if c.ndim), default=1)


def put_on_trial(
    fn: Callable[..., Any], args: Any, grad: Any = None, vjp: Any = None, seed: int = 0
) -> Trial:
    """The function at the arguments, with random cotangents.

    Raises InvalidInput where it cannot be judged at all.
    """
    adapter = adapted(fn, args, grad, vjp)
    leaves, unchecked = _differentiable(adapter)
    run = _first_run(adapter, leaves)
    outputs = {name: np.asarray(adapter.plain(out)) for name, out in run.outputs.items()}
    unchecked |= _not_outputs(run, outputs)
    cotangents = {name: cotangent(name, out, seed) for name, out in outputs.items()}
    if grad is not None:
        cotangents = _of_a_scalar(outputs)
    held = _without_gradient(adapter, run, cotangents, leaves)
    unchecked |= dict.fromkeys(held, "no gradient is given for it")
    leaves = {name: array for name, array in leaves.items() if name not in held}
    if not leaves:
        raise InvalidInput("no gradient is given for any of the arguments")
    dtype = _widest(leaves)
    unchecked |= dict.fromkeys(_narrower(leaves, dtype), f"its rounding: it is judged in {dtype}")
    complex_ = frozenset(name for name, array in leaves.items() if np.iscomplexobj(array))
    objective = Objective(adapter, cotangents, held, complex_)
    arguments = exact(leaves, dtype)
    function, gradient = adapter.scalar(objective, arguments)
    problem = Problem(function, {SUBJECT: gradient}, arguments, dtype)
    return Trial(adapter, leaves, objective, problem, adapter.code.function, unchecked)


def adapted(fn: Any, args: Any, grad: Any = None, vjp: Any = None) -> Adapter:
    """The code as an implementation of the library that it is written for."""
    for name, code in (("fn", fn), ("grad", grad), ("vjp", vjp)):
        if not callable(code) and (code is not None or name == "fn"):
            raise InvalidInput(f"{name} should be a function, and is a {type(code).__name__}")
    if grad is not None and vjp is not None:
        raise InvalidInput("grad and vjp are both given; one of them is the gradient on trial")
    if not isinstance(args, (tuple, list)):
        raise InvalidInput(
            f"args should be a tuple of arguments such as (x,), and is a {type(args).__name__}"
        )
    library = _library(fn, args)
    if library == "numpy" and grad is None and vjp is None:
        raise InvalidInput(
            "there is no gradient: give grad= or vjp=, or arguments that are tensors of PyTorch "
            "or arrays of JAX"
        )
    adapter: Any = import_module(f"clinometer.adapters.{library}")
    names, arguments = trees.argument_names(fn, len(args)), tuple(args)
    function = fn
    if library == "torch":
        function, names, arguments = adapter.opened(fn, names, arguments)
    code = Code(Counted(function), names, arguments, grad, vjp, adapter.is_trained)
    return adapter.implementation(code)  # type: ignore[no-any-return]


def _library(fn: Any, args: Any) -> str:
    """By the arguments, or by the function where the arguments are NumPy's."""
    leaves = [leaf for _, leaf in trees.leaves(list(args), "args")]
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if torch and (
        isinstance(fn, torch.nn.Module) or any(isinstance(x, torch.Tensor) for x in leaves)
    ):
        return "torch"
    if jax and (
        isinstance(fn, (jax.custom_vjp, jax.custom_jvp, type(jax.jit(len))))
        or any(isinstance(leaf, jax.Array) for leaf in leaves)
    ):
        return "jax"
    return "numpy"


def _differentiable(adapter: Adapter) -> tuple[dict[str, Any], dict[str, str]]:
    """The leaves to differentiate by, as NumPy arrays, and why others of their kind are not."""
    leaves, unchecked = {}, {}
    for name, leaf in adapter.code.leaves().items():
        if not adapter.code.trained(leaf):
            if getattr(leaf, "dtype", None) is not None and _is_inexact(leaf):
                unchecked[name] = "it is frozen"
            continue
        array = np.asarray(adapter.plain(leaf))
        if _real_name(array) not in DTYPES:
            raise InvalidInput(
                f"{name} is {array.dtype}; the dtypes that can be judged are {', '.join(DTYPES)}"
            )
        if np.isnan(array).any():
            raise InvalidInput(f"{name} is nan at {_first(np.isnan(array))}")
        leaves[name] = array
    if not leaves:
        held = ", ".join(f"{n} is {_described(x)}" for n, x in adapter.code.leaves().items())
        raise InvalidInput(
            f"there is nothing to differentiate by: {held or 'there is no argument'}; at least "
            "one argument should hold an array of floating-point numbers"
        )
    return leaves, unchecked


def _is_inexact(leaf: Any) -> bool:
    return "float" in str(leaf.dtype) or "complex" in str(leaf.dtype)


def _described(leaf: Any) -> str:
    dtype = getattr(leaf, "dtype", None)
    return f"of {dtype}" if dtype is not None else f"a {type(leaf).__name__}"


def _real_name(array: Any) -> str:
    """The dtype's name, or that of the parts of a complex one."""
    return str(array.real.dtype if np.iscomplexobj(array) else array.dtype)


def _first(mask: Any) -> list[int]:
    return [int(i) for i in np.argwhere(mask)[0]]


def _first_run(adapter: Adapter, leaves: Arrays) -> Run:
    """A forward pass that shows what the outputs are; bad ones are the user's to mend."""
    try:
        with np.errstate(all="ignore"):
            run = adapter.run({name: adapter.native(array) for name, array in leaves.items()})
    except InvalidInput:
        raise
    except Exception as error:
        raise InvalidInput(
            f"the function raised {type(error).__name__} at the arguments given: {error}"
        ) from error
    if not run.outputs:
        raise InvalidInput(
            f"the function returns {_what(run)}; it should return an array of floating-point "
            "numbers, or a tuple or dict of arrays"
        )
    for name, out in run.outputs.items():
        array = np.asarray(adapter.plain(out))
        if _real_name(array) not in NARROW and not np.isfinite(array).all():
            index = _first(~np.isfinite(array))
            raise InvalidInput(
                f"the function is {array[tuple(index)]} at the arguments given, at {index} of "
                f"{name}; they should lie inside its domain"
            )
    return run


def _what(run: Any) -> str:
    returned = dict(trees.leaves(run.returned, OUT))
    if all(leaf is None for leaf in returned.values()):
        return "nothing"
    return "no floating-point numbers: " + ", ".join(
        f"{name} is {_described(leaf)}" for name, leaf in returned.items()
    )


def _not_outputs(run: Any, outputs: Arrays) -> dict[str, str]:
    """Outputs without a derivative."""
    others = {n: x for n, x in trees.leaves(run.returned, OUT) if n not in outputs}
    return {n: f"it has no derivative: it is {_described(leaf)}" for n, leaf in others.items()}


def _of_a_scalar(outputs: Arrays) -> dict[str, Any]:
    """One: no cotangent enters a gradient."""
    if len(outputs) != 1 or next(iter(outputs.values())).size != 1:
        shapes = ", ".join(f"{name} of shape {out.shape}" for name, out in outputs.items())
        raise InvalidInput(
            f"grad is for a function that returns one number, and this returns {shapes}; "
            "give vjp= instead"
        )
    return {name: np.ones(out.shape) for name, out in outputs.items()}


def _without_gradient(
    adapter: Adapter, run: Run, cotangents: Arrays, leaves: Arrays
) -> dict[str, Any]:
    """The leaves for which code by hand returns None: by its word they are not differentiable."""
    if not adapter.code.by_hand:
        return {}
    point = {name: adapter.native(array) for name, array in leaves.items()}
    like = next(iter(point.values()))
    native = {name: adapter.like(like, c) for name, c in cotangents.items()}
    try:
        returned = run.pull(native)
    except InvalidInput:
        raise
    except Exception:  # it will fail before the oracles too, where that is a finding
        return {}
    return {name: leaves[name] for name in leaves if returned.get(name) is None}


def _widest(leaves: Arrays) -> str:
    return min((_real_name(array) for array in leaves.values()), key=DTYPES.index)


def _narrower(leaves: Arrays, dtype: str) -> list[str]:
    return [name for name, array in leaves.items() if _real_name(array) != dtype]


def exact(leaves: Arrays, dtype: str) -> dict[str, Any]:
    """The arguments of the problem: float64 arrays whose values are exact in the dtype."""
    arguments = {}
    for name, array in leaves.items():
        parts = {name: array}
        if np.iscomplexobj(array):
            parts = dict(zip(split_names(name), (array.real, array.imag), strict=True))
        for part, values in parts.items():
            wide = values.astype(np.float64)
            arguments[part] = rounded(wide, BITS) if dtype == "float64" else wide
    return arguments
