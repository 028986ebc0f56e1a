"""From an implementation to a scalar function of real arrays: ⟨cotangent, outputs⟩.

A complex leaf `z` becomes two arguments, `z.real` and `z.imag`. The value is the sum of
Re c · Re out + Im c · Im out, so that the gradient with respect to the two parts is the same
whatever a library's convention; what differs is how one complex gradient stands for both:

- PyTorch, and NumPy code here: ∂L/∂Re z + i ∂L/∂Im z, the direction of steepest ascent, and a
  cotangent likewise;
- JAX: ∂L/∂Re z - i ∂L/∂Im z, and a cotangent likewise.
"""

from __future__ import annotations

import operator
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Protocol

import numpy as np

from clinometer.adapters.code import Code
from clinometer.implementation import Implementation, Leaves
from clinometer.problem import (
    Arrays,
    Conductor,
    FrameworkCode,
    Function,
    Gradient,
    Watcher,
)


class Adapter(Implementation, Protocol):
    """An implementation that can be differentiated by others as well."""

    code: Code
    #: The sign of the imaginary part in the library's complex gradients.
    conjugate: int

    def outputs(self, leaves: Leaves, /) -> dict[str, Any]:
        """The differentiable outputs by name, on the library's arrays."""

    def like(self, point: Any, array: Any, /) -> Any:
        """A NumPy array as one of the library's, in the number type of the point."""

    def cast(self, point: Any, array: Any, /) -> Any:
        """An array of the library's in the dtype of the point."""

    def scalar(self, objective: Objective, arguments: Arrays, /) -> tuple[Function, Gradient]:
        """The objective and its gradient on trial, for a problem."""

    def gradient(self, objective: Objective, /) -> FrameworkCode:
        """The gradient alone, in floating-point numbers of the library's."""

    def hidden(self, code: Function, /) -> FrameworkCode:
        """A function of the library's arrays as code that keeps its numbers to itself."""

    def watched(self, function: Function, watcher: Watcher, /) -> Function:
        """A function of the library's arrays on NumPy's, with each of its operations watched."""

    def conducted(self, function: Function, conductor: Conductor, /) -> Function:
        """The same with each of its operations run by a conductor."""

    def differentiated(self, value: Function, point: Arrays, /) -> Mapping[str, Any]:
        """The framework's own gradient of a function of its arrays, to be differentiated again."""


@dataclass(frozen=True, eq=False)
class Objective:
    """⟨cotangent, outputs⟩ as a function of real arrays of the library.

    Attributes:
        cotangents: NumPy arrays by output.
        dtype: in which the gradient is on trial. In another one it may be given in whichever.
        held: leaves that are given and not differentiated by, which follow the point's dtype.
        complex: the leaves that are two arguments.
    """

    code: Adapter
    cotangents: Arrays
    dtype: str = "float64"
    held: Arrays = field(default_factory=dict)
    complex: frozenset[str] = frozenset()

    @property
    def by_hand(self) -> bool:
        """True where its gradient is computed by code of the user's, and not by a framework."""
        return self.code.code.by_hand

    def value(self, point: Arrays) -> Any:
        """The value alone."""
        return self.paired(point, self.code.outputs(self.leaves(point)))

    def gradient(self, point: Arrays) -> tuple[Any, dict[str, Any]]:
        """The value, and the gradients that the implementation's own pullback returns."""
        run = self.code.run(self.leaves(point))
        returned = run.pull(self._native_cotangents(point))
        gradients: dict[str, Any] = {}
        for name in (n for n in returned if n not in self.held):
            gradients |= self._parts(name, returned[name])
        like = next(iter(point.values()))
        given = {name: gradients[name] for name in point if gradients.get(name) is not None}
        if str(like.dtype).removeprefix("torch.") != self.dtype:
            given = {name: self.code.cast(like, gradient) for name, gradient in given.items()}
        return self.paired(point, run.outputs), given

    def leaves(self, point: Arrays) -> dict[str, Any]:
        """The implementation's leaves at a point of the problem."""
        like = next(iter(point.values()))
        parts = {part for name in self.complex for part in split_names(name)}
        leaves = {name: array for name, array in point.items() if name not in parts}
        for name in self.complex:
            real, imag = (point[part] for part in split_names(name))
            leaves[name] = real + 1j * imag
        return leaves | {name: self.code.like(like, array) for name, array in self.held.items()}

    def paired(self, point: Arrays, outputs: Leaves) -> Any:
        """⟨cotangent, outputs⟩ in the number type of the point."""
        like = next(iter(point.values()))
        terms = []
        for name, cotangent in self.cotangents.items():
            if name not in outputs:
                raise TypeError(f"{name} is no array of the numbers that the arguments hold")
            out = outputs[name]
            if np.iscomplexobj(cotangent):
                terms.append((self.code.like(like, cotangent.real) * out.real).sum())
                terms.append((self.code.like(like, cotangent.imag) * out.imag).sum())
            else:
                terms.append((self.code.like(like, cotangent) * out).sum())
        return reduce(operator.add, terms)  # adding to 0 would be one operation more that errs

    def _native_cotangents(self, point: Arrays) -> dict[str, Any]:
        like, sign = next(iter(point.values())), self.code.conjugate
        return {
            name: self.code.like(like, c.real) + sign * 1j * self.code.like(like, c.imag)
            if np.iscomplexobj(c)
            else self.code.like(like, c)
            for name, c in self.cotangents.items()
        }

    def _parts(self, name: str, gradient: Any) -> dict[str, Any]:
        if name not in self.complex or gradient is None:
            return {name: gradient}
        parts = gradient.real, self.code.conjugate * gradient.imag
        return dict(zip(split_names(name), parts, strict=True))


def split_names(name: str) -> tuple[str, str]:
    """The arguments that stand for a complex leaf."""
    return f"{name}.real", f"{name}.imag"


def cotangent(name: str, like: Any, seed: int) -> Any:
    """Random numbers from ±1/2 to ±5/2, exact in 8 bits and none of them 1, for one output.

    One of them is below -1: a backward pass that takes the absolute value of its cotangent, its
    positive part, its sign or what is left of it between -1 and 1 goes wrong there.
    """
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    parts = 2 if np.iscomplexobj(like) else 1
    drawn = (2 * random.integers(16, 80, (parts, like.size)) + 1) / 64
    drawn *= 1.0 - 2.0 * random.integers(2, size=drawn.shape)
    if like.size:
        drawn[0, random.integers(like.size)] = -(2 * random.integers(32, 80) + 1) / 64
    combined = drawn[0] + 1j * drawn[1] if parts == 2 else drawn[0]
    return combined.reshape(like.shape)
