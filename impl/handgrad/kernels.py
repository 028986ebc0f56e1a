"""The kernels found by name: each is a file of the package `vectorised`, `looped` or `fast`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, cast

from handgrad.arrays import Cache

SETS = ("vectorised", "looped")
#: The set that has some kernels compiled, and the package that it needs.
COMPILED, COMPILER = "fast", "numba"


class Kernel(Protocol):
    """A layer, a loss, a join or a penalty: two pure functions, which keep no state.

    `forward` takes the input and the parameters by position and settings by keyword, and
    returns the output with a cache. `backward` takes the cotangent of the output and that
    cache, and returns the cotangents of the input and of each parameter, in order.

    In a set that keeps samples apart, the backward passes of losses and of what has parameters
    take `by_sample`. Each sample then is a batch of its own: the mean that a loss takes is that of
    each by itself, and so is the sum that a parameter receives, along a new first axis.
    """

    def forward(self, *arrays: Any, **settings: Any) -> tuple[Any, Cache]: ...
    def backward(self, dy: Any, cache: Cache, /, **by_sample: bool) -> tuple[Any, ...]: ...


class KernelSet(Protocol):
    """One package of kernels: how it takes in numbers and how it gives them out.

    BY_SAMPLE: whether it keeps samples apart where that is asked for.
    """

    BY_SAMPLE: bool

    def load(self, array: Any, /) -> Any: ...
    def unload(self, numbers: Any, dtype: Any, /) -> Any: ...


@cache
def kernel_set(name: str) -> KernelSet:
    """The package of that name. Raises ValueError where there is none, or none of what it needs."""
    if name not in (*SETS, COMPILED):
        known = ", ".join((*SETS, COMPILED))
        raise ValueError(f"there are no kernels called {name!r}; there are: {known}")
    if name == COMPILED and not compiles():
        raise ValueError(
            f"the kernels {COMPILED!r} need {COMPILER}, which is not installed; "
            f"python -m pip install {COMPILER} installs it"
        )
    return cast("KernelSet", import_module(f"handgrad.{name}"))


def compiles() -> bool:
    """Whether the compiled kernels can be had here."""
    return find_spec(COMPILER) is not None


def kinds(name: str) -> list[str]:
    """The kinds of which a set has a kernel, be it another set's that stands in."""
    base = getattr(kernel_set(name), "BASE", None)
    return sorted({*own(name), *(kinds(base) if base else ())})


def own(name: str) -> set[str]:
    """The kinds of which a set has a kernel of its own."""
    path = import_module(f"handgrad.{name}").__path__
    return {m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")}


@cache
def kernel(name: str, kind: str) -> Kernel:
    """The kernel of that kind in that set. Raises ValueError where there is none."""
    if kind not in kinds(name):
        raise ValueError(f"there is no {name} kernel {kind!r}; there are: {', '.join(kinds(name))}")
    if kind not in own(name):
        return kernel(cast("Any", kernel_set(name)).BASE, kind)
    return cast("Kernel", import_module(f"handgrad.{name}.{kind}"))


def rounded(numbers: Any, like: Any) -> Any:
    """What a kernel returns, in the number type of the array that it was given first.

    NumPy computes some products of narrow types in a wider one: those of matrices, and those
    with a Python float. So it is what happens within one kernel that may be wider. Lists, and
    what goes with integers such as labels, stay as they are.
    """
    try:
        has, wanted = numbers.dtype, like.dtype
    except AttributeError:
        return numbers
    if has is wanted or {has.kind, wanted.kind} & {*"biu"}:
        return numbers
    return numbers if has == wanted else numbers.astype(wanted)
