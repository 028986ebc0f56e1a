"""Random cotangents whose sums and multiples every dtype holds exactly, and gradients for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from clinometer.battery.arithmetic import Gradients, is_inexact, wide
from clinometer.battery.calls import Calls, Forward
from clinometer.battery.layouts import Shape, Strides, lay
from clinometer.rounding import unit_roundoff

#: A NumPy array for each output, of its shape and dtype.
Cotangent: TypeAlias = Mapping[str, Any]

#: Cotangents are whole multiples of 1/32 up to this many, so that nine times one, and the sum of
#: two, have no more than the 8 digits of bfloat16.
LARGEST = 28
#: Digits beyond those 8 that are used where the dtype has them.
FURTHER = 20


def live(calls: Calls, forward: Forward) -> dict[str, Any]:
    """The outputs that a cotangent can be given for; none where any is not finite."""
    plain = {name: calls.implementation.plain(a) for name, a in forward.run.outputs.items()}
    outputs = {name: a for name, a in plain.items() if is_inexact(a) and a.size}
    for name, array in outputs.items():
        if not np.isfinite(wide(array)).all():
            calls.untried.append(f"the backward pass: the output {name} is not finite here")
            return {}
    if not outputs:
        calls.untried.append("the backward pass: no output holds real or complex numbers")
    return outputs


def drawn(outputs: Mapping[str, Any], random: np.random.Generator) -> Cotangent:
    """Random numbers of both signs, none of them zero."""
    return {name: _numbers(a.shape, a.dtype, random) for name, a in outputs.items()}


def constant(outputs: Mapping[str, Any], random: np.random.Generator) -> Cotangent:
    """For each output one random number for all its elements."""
    return {
        name: np.full(a.shape, _numbers((), a.dtype, random), dtype=a.dtype)
        for name, a in outputs.items()
    }


def scaled(cotangent: Cotangent, factor: float) -> Cotangent:
    """Factor times the cotangent, in its dtypes."""
    return {name: (factor * wide(a)).astype(a.dtype) for name, a in cotangent.items()}


def added(cotangent: Cotangent, other: Cotangent) -> Cotangent:
    """The sum of two, in their dtypes."""
    return {n: (wide(a) + wide(other[n])).astype(a.dtype) for n, a in cotangent.items()}


def gradients_for(
    calls: Calls,
    forward: Forward,
    cotangent: Cotangent,
    layout: Callable[[Shape], Strides | None] | None = None,
) -> Gradients:
    """The gradients for a cotangent, contiguous or in a layout.

    Raises Failed if the backward pass raises an error.
    """
    laid = {
        name: lay(calls.implementation, a, layout(a.shape) if layout else None)
        for name, a in cotangent.items()
    }
    return calls.gradients(calls.pull(forward, laid), forward.point)


def _numbers(shape: Shape, dtype: Any, random: np.random.Generator) -> Any:
    further = min(round(-np.log2(unit_roundoff(dtype))) - 8, FURTHER)
    whole = random.integers(1, LARGEST * 2**further + 1, shape) * random.choice([-1, 1], shape)
    numbers = np.ldexp(whole.astype(np.float64), -5 - further)
    if dtype.kind == "c":
        numbers = numbers + 1j * _numbers(shape, np.zeros((), dtype).real.dtype, random)
    return np.asarray(numbers).astype(dtype)
