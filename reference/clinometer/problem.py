"""What is on trial: a scalar function of named arrays, and gradients that somebody wrote."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from clinometer.arrays import exact_in

#: Arrays by name.
Arrays: TypeAlias = Mapping[str, Any]
#: From the arguments to the function's value.
Function: TypeAlias = Callable[[Arrays], Any]
#: From the arguments to the function's value and its gradients by argument.
Gradient: TypeAlias = Callable[[Arrays], tuple[Any, Mapping[str, Any]]]
#: From the numbers that go into an operation, and its result, to what shall be the result.
Watcher: TypeAlias = Callable[[Sequence[Any], Any], Any]
#: From an operation, from arrays of real numbers to all its results, and the arrays that go into
#: it, to what shall be its results.
Conductor: TypeAlias = Callable[[Callable[[Sequence[Any]], list[Any]], Sequence[Any]], list[Any]]


@runtime_checkable
class FrameworkCode(Protocol):
    """A function or a gradient in a framework's arithmetic, given NumPy arrays of any real dtype.

    Our own numbers cannot pass through it, so that it brings stochastic arithmetic with it.
    """

    #: The widest dtype that it computes in.
    widest: str

    def __call__(self, arguments: Arrays, /) -> Any:
        """What a function or a gradient returns, in the dtype of the arguments."""

    def stochastic(self, arguments: Arrays, random: np.random.Generator, /) -> Any:
        """The same with a random error in every operation."""


def value_at(function: Function, arguments: Arrays) -> Any:
    """The function's value; NaN where it raises an error, as code may outside its domain."""
    try:
        return function(arguments)
    except Exception:  # whatever it is, the code on trial raised it
        return np.nan


def is_wider(code: Any, dtype: str) -> bool:
    """Whether it is a framework's code, which is run in a wider dtype than that on trial."""
    return isinstance(code, FrameworkCode) and code.widest != dtype


@dataclass(frozen=True, eq=False, kw_only=True)
class Place:
    """Numbers z in the midst of a function, a row for each of n samples that do not mix after it.

    Attributes:
        name: that of the argument that z is, if it is one.
        values: z, of shape (n, o), right to the last digits of its dtype.
        rest: from z to the function's value, but for terms without z. It takes several z as one
            array (copies · n, o), copy by copy, and gives the sum of their values; sums over
            samples are those of the array itself, so that an array may leave them open.
        following: the affine step whose inputs are an elementwise function of z, if that is all
            that z enters; and `activation`, that function.
    """

    name: str = ""
    values: Any
    rest: Callable[[Any], Any]
    following: Affine | None = None
    activation: Callable[[Any], Any] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Affine(Place):
    """A place where z = a W + b.

    Attributes:
        weight, bias: the names of the arguments W and b, which enter nowhere else.
        source: the name of the argument that a is, if that enters nowhere else; else empty.
        inputs: a, of shape (n, i), as accurate.
    """

    weight: str
    bias: str
    source: str = ""
    inputs: Any


@dataclass(frozen=True, eq=False)
class Structure:
    """What is inside a function at one point.

    Attributes:
        places: those whose slopes tell those of the arguments.
        penalty: where given, a term that weights enter directly: a sum over their elements,
            which takes any of them alone, and leaves the sum to the array as `rest` does.
    """

    places: Sequence[Place]
    penalty: Function | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """A scalar function, the point at which to look, and the gradients on trial.

    Attributes:
        function: generic in the number type of its arguments.
        gradients: the gradients on trial, by the subject's name; each computes in the dtype of
            its arguments.
        arguments: float64 arrays whose values are exact in `dtype`.
        dtype: the dtype in which the gradients are on trial.
        traced: the name of the gradient through which rounding errors are traced, so that all
            are held to its spread; each is held to its own unless given.
        readings: the same function as written for a framework, by the framework's name.
        structure: where known, from the arguments to what is inside the function there.
        nearby: True beside the point in question, where framework code is called less often.
    """

    function: Function
    gradients: Mapping[str, Gradient]
    arguments: Arrays
    dtype: str = "float64"
    traced: str | None = None
    readings: Mapping[str, Function] = field(default_factory=dict)
    structure: Callable[[Arrays], Structure] | None = None
    nearby: bool = False

    @property
    def size(self) -> int:
        """The number of elements of all arguments together."""
        return sum(array.size for array in self.arguments.values())

    def cast(self, dtype: Any) -> dict[str, Any]:
        """The arguments in another dtype."""
        return {name: array.astype(dtype) for name, array in self.arguments.items()}

    def nudged(self, number: int) -> Problem:
        """The same problem at a point nearby: each element moved by 1/64 to 1/16 of its scale.

        The moves are multiples of 2⁻²⁰ times a power of two, and the new point is exact in the
        dtype, as the old one was; no move is so small that 16 bits would round it away.
        """
        moved = {}
        for name, array in self.arguments.items():
            random = np.random.default_rng([number, zlib.crc32(name.encode())])
            moves = random.integers(2**14, 2**16, size=array.shape) / 2**20
            moves = np.where(random.integers(2, size=array.shape), moves, -moves)
            moved[name] = exact_in(self.dtype, array + moves * scale(array))
        return replace(self, arguments=moved, nearby=True)

    def at_unit_scale(self) -> Problem:
        """The same problem with each argument brought to the size of 1 by a power of two."""
        return replace(
            self,
            arguments={n: a / np.max(scale(a)) for n, a in self.arguments.items()},
        )


def scale(array: Any) -> Any:
    """A power of two near each element's size, or the array's where the element is smaller.

    1 for an array that is all zero.
    """
    largest = np.max(np.abs(array), initial=0.0)
    if largest == 0:
        return np.ones(array.shape)
    rms = largest * np.sqrt(np.mean(np.square(array / largest)))  # no square over- or underflows
    size = np.maximum(np.abs(array), rms)
    return np.exp2(np.round(np.log2(size)))
