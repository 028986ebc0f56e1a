"""From what a user hands over to what the oracles, the contract and the report need of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from numbers import Number
from typing import Any

import numpy as np

from clinometer import trees
from clinometer.adapters.code import Code, Counted
from clinometer.adapters.first_look import (
    differentiable,
    first_run,
    one_of_a_scalar,
    other_outputs,
    real_name,
    why_frozen,
)
from clinometer.adapters.objective import Adapter, Objective, cotangent, split_names
from clinometer.arrays import rounded
from clinometer.dtypes import DTYPES
from clinometer.errors import InvalidInput
from clinometer.implementation import Run
from clinometer.problem import Arrays, Problem

#: The name of the gradient on trial.
SUBJECT = "backward"
#: What libraries are called, by their modules.
LIBRARIES = {"numpy": "NumPy", "jax": "JAX", "jaxlib": "JAX"}
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
    def fixed(self) -> Arrays:
        """The arrays that it is not differentiated by, as NumPy's, such as indices and masks."""
        others = {
            n: x for n, x in self.implementation.code.leaves().items() if n not in self.leaves
        }
        arrays = {name: leaf for name, leaf in others.items() if _has_numbers(leaf)}
        return {name: np.asarray(self.implementation.plain(leaf)) for name, leaf in arrays.items()}

    @property
    def parameters(self) -> frozenset[str]:
        """The leaves that are parameters of a module, whose rows are no samples."""
        torch: Any = sys.modules.get("torch")
        leaves = self.implementation.code.leaves() if torch else {}
        return frozenset(n for n, x in leaves.items() if isinstance(x, torch.nn.Parameter))

    @property
    def rounded(self) -> bool:
        """Whether the function in wider numbers had constants of the digits of its own dtype."""
        codes = self.problem.function, *self.problem.gradients.values()
        return any(getattr(code, "rounded", False) for code in codes)

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
    leaves, frozen = differentiable(adapter)
    run = first_run(adapter, leaves)
    outputs = {name: np.asarray(adapter.plain(out)) for name, out in run.outputs.items()}
    cotangents = {name: cotangent(name, out, seed) for name, out in outputs.items()}
    if grad is not None:
        cotangents = one_of_a_scalar(outputs)
    without = _without_gradient(adapter, run, cotangents, leaves)
    unchecked = (
        {name: why_frozen(array) for name, array in frozen.items()}
        | other_outputs(run)
        | dict.fromkeys(without, "no gradient is given for it")
    )
    leaves = {name: array for name, array in leaves.items() if name not in without}
    if not leaves:
        raise InvalidInput("no gradient is given for any of the arguments")
    dtype = _widest(leaves)
    unchecked |= dict.fromkeys(_narrower(leaves, dtype), f"its rounding: it is judged in {dtype}")
    complex_ = frozenset(name for name, array in leaves.items() if np.iscomplexobj(array))
    objective = Objective(adapter, cotangents, dtype, frozen | without, complex_)
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
        _require_one_library(args)
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


def _has_numbers(leaf: Any) -> bool:
    """Whether it is an array, and of none of JAX's random keys, whose numbers are hidden."""
    return hasattr(leaf, "dtype") and not str(leaf.dtype).startswith("key<")


def _require_one_library(args: Any) -> None:
    """Raises InvalidInput for arrays of other libraries beside PyTorch's tensors."""
    torch: Any = sys.modules.get("torch")
    arrays = [x for _, x in trees.leaves(list(args), "args") if hasattr(x, "dtype")]
    others = [type(x).__module__ for x in arrays if not isinstance(x, torch.Tensor)]
    if others:
        library = LIBRARIES.get(others[0].partition(".")[0], "another library")
        raise InvalidInput(
            f"args holds an array of {library} beside code of PyTorch's; make it a tensor"
        )


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
    for name in leaves:
        _require_array(name, returned.get(name), point[name])
    return {name: leaves[name] for name in leaves if returned.get(name) is None}


def _require_array(name: str, gradient: Any, leaf: Any) -> None:
    """Raises InvalidInput for a gradient that is neither None nor numbers of the library's."""
    torch: Any = sys.modules.get("torch")
    if torch and isinstance(leaf, torch.Tensor):
        fits = isinstance(gradient, torch.Tensor)
    else:
        fits = hasattr(gradient, "__array__") or isinstance(gradient, Number)
    if gradient is not None and not fits:
        kinds = type(gradient).__name__, type(leaf).__name__
        raise InvalidInput(f"the gradient of {name} is a {kinds[0]}, and should be a {kinds[1]}")


def _widest(leaves: Arrays) -> str:
    return min((real_name(array) for array in leaves.values()), key=DTYPES.index)


def _narrower(leaves: Arrays, dtype: str) -> list[str]:
    return [name for name, array in leaves.items() if real_name(array) != dtype]


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
