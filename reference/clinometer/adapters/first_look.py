"""What is handed over, looked at once: what is no input for any oracle gets its sentence here."""

from __future__ import annotations

from typing import Any

import numpy as np

from clinometer import trees
from clinometer.adapters.code import OUT
from clinometer.adapters.objective import Adapter
from clinometer.dtypes import DTYPES, NARROW
from clinometer.errors import InvalidInput
from clinometer.implementation import Run
from clinometer.problem import Arrays


def differentiable(adapter: Adapter) -> tuple[dict[str, Any], dict[str, Any]]:
    """The leaves to differentiate by, as NumPy arrays, and those of their kind that are frozen.

    Raises InvalidInput where there are none, or bad ones.
    """
    leaves, frozen = {}, {}
    for name, leaf in adapter.code.leaves().items():
        if not adapter.code.trained(leaf):
            if getattr(leaf, "dtype", None) is not None and _is_inexact(leaf):
                frozen[name] = np.asarray(adapter.plain(leaf))
            continue
        array = np.asarray(adapter.plain(leaf))
        if real_name(array) not in DTYPES:
            raise InvalidInput(
                f"{name} is {array.dtype}; the dtypes that can be judged are {', '.join(DTYPES)}"
            )
        if np.isnan(array).any():
            raise InvalidInput(f"{name} is nan at {_first(np.isnan(array))}")
        if array.size and np.isfinite(array).all():
            leaves[name] = array
        else:  # such as a mask of negative infinities
            frozen[name] = array
    if not leaves:
        found = adapter.code.leaves()
        held = ", ".join(f"{n} is {_described(x, frozen.get(n))}" for n, x in found.items())
        raise InvalidInput(
            f"there is nothing to differentiate by: {held or 'there is no argument'}; at least "
            "one argument should hold an array of floating-point numbers, all of them finite"
        )
    return leaves, frozen


def _is_inexact(leaf: Any) -> bool:
    return "float" in str(leaf.dtype) or "complex" in str(leaf.dtype)


def _described(leaf: Any, frozen: Any = None) -> str:
    dtype = getattr(leaf, "dtype", None)
    if frozen is not None and not frozen.size:
        return f"empty, of {dtype}"
    if frozen is not None and not np.isfinite(frozen).all():
        return f"not finite at {_first(~np.isfinite(frozen))}"
    return f"of {dtype}" if dtype is not None else f"a {type(leaf).__name__}"


def real_name(array: Any) -> str:
    """The dtype's name, or that of the parts of a complex one."""
    return str(array.real.dtype if np.iscomplexobj(array) else array.dtype)


def _first(mask: Any) -> list[int]:
    return [int(i) for i in np.argwhere(mask)[0]]


def first_run(adapter: Adapter, leaves: Arrays) -> Run:
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
        if real_name(array) not in NARROW and not np.isfinite(array).all():
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


def other_outputs(run: Any) -> dict[str, str]:
    """Why some outputs are not differentiated."""
    others = {n: x for n, x in trees.leaves(run.returned, OUT) if n not in run.outputs}
    return {n: f"it has no derivative: it is {_described(leaf)}" for n, leaf in others.items()}


def one_of_a_scalar(outputs: Arrays) -> dict[str, Any]:
    """One: no cotangent enters a gradient."""
    if len(outputs) != 1 or next(iter(outputs.values())).size != 1:
        shapes = ", ".join(f"{name} of shape {out.shape}" for name, out in outputs.items())
        raise InvalidInput(
            f"grad is for a function that returns one number, and this returns {shapes}; "
            "give vjp= instead"
        )
    return {name: np.ones(out.shape) for name, out in outputs.items()}


def why_frozen(array: Any) -> str:
    """In a few words."""
    if not array.size:
        return "it is empty"
    return "it is frozen" if np.isfinite(array).all() else "it holds infinities"
