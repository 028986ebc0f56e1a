"""Numbers with a proved radius, and arrays of them that pass through plain NumPy code.

A ball [m ± r] of Arb (Johansson, IEEE Transactions on Computers 66 (2017), 1281-1292; here by
python-flint) holds the exact result of all operations done so far, at the working precision
of `flint.ctx`. Nothing turns it into a float unseen, and a comparison is decided only where
it holds for all numbers of both balls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from flint import arb, arb_mat

from clinometer.arrays import CarrierArray

#: The size of a problem up to which its function runs on balls within seconds.
LARGEST = 100_000


class Undecided(ArithmeticError):
    """A comparison that holds for some numbers of two balls and fails for others."""


class Ball:
    """One ball, a number like any other to Python and NumPy."""

    __slots__ = ("arb",)

    def __init__(self, number: arb) -> None:
        self.arb = number

    def __repr__(self) -> str:
        return f"Ball({self.arb})"

    def __float__(self) -> float:
        raise TypeError("a ball cannot become a float: its digits would be lost")

    def __bool__(self) -> bool:
        return _nonzero(self, 0)

    __hash__ = None  # type: ignore[assignment] # whether two are equal may be undecided


#: Where constants may be rounded, those of so many bits are exact, and others off by this part:
#: they may be the result of a few operations.
SHORT = 2.0**32
CONSTANT = 2.0**-51
_rounded = False


@contextmanager
def rounded_constants() -> Iterator[None]:
    """Let each constant of more than 32 bits stand for all numbers that may have become it.

    Code may hold √2 or 1/3 only as the nearest double. What that does to the results, be it
    that terms cancel, shows in their radius.
    """
    global _rounded  # noqa: PLW0603 # of the whole computation, as FLINT's precision is
    before, _rounded = _rounded, True
    try:
        yield
    finally:
        _rounded = before


def as_arb(number: Any) -> arb:
    """Any real number as FLINT's, exactly but for constants that may be rounded."""
    if isinstance(number, Ball):
        return number.arb
    if isinstance(number, np.longdouble):
        high = float(number)
        return arb(high) + arb(float(number - high))
    if isinstance(number, np.generic):
        number = number.item()
    if _rounded and isinstance(number, float) and not _is_short(number):
        return arb(number, abs(number) * CONSTANT)
    return arb(int(number) if isinstance(number, bool) else number)


def _is_short(number: float) -> bool:
    return not math.isfinite(number) or (math.frexp(number)[0] * SHORT).is_integer()


def _operator(name: str) -> Callable[[Ball, Any], Any]:
    operate = getattr(arb, name)

    def operator(self: Ball, other: Any) -> Any:
        if type(other) is Ball:
            return Ball(operate(self.arb, other.arb))
        if isinstance(other, (np.ndarray, complex)):
            return NotImplemented
        return Ball(operate(self.arb, as_arb(other)))

    return operator


def _comparison(name: str, opposite: str) -> Callable[[Ball, Any], bool]:
    holds, fails = getattr(arb, name), getattr(arb, opposite)

    def comparison(self: Ball, other: Any) -> bool:
        number = as_arb(other)
        if holds(self.arb, number):
            return True
        if fails(self.arb, number):
            return False
        raise Undecided(f"a comparison stays undecided: {self.arb} with {number}")

    return comparison


_nonzero = _comparison("__ne__", "__eq__")


def _hypot(x: arb, y: arb) -> arb:
    return (x * x + y * y).sqrt()


def _logaddexp(x: arb, y: arb) -> arb:
    return x.max(y) + (-abs(x - y)).exp().log1p()


#: What NumPy's functions do to one ball or two. Those that are continuous decide nothing.
FUNCTIONS: dict[np.ufunc, Callable[..., arb]] = {
    np.absolute: arb.__abs__, np.fabs: arb.__abs__, np.sign: arb.sgn,
    np.maximum: arb.max, np.minimum: arb.min, np.fmax: arb.max, np.fmin: arb.min,
    np.exp: arb.exp, np.expm1: arb.expm1, np.exp2: lambda x: (x * arb.const_log2()).exp(),
    np.log: arb.log, np.log1p: arb.log1p, np.log2: lambda x: x.log() / arb.const_log2(),
    np.log10: lambda x: x.log() / arb.const_log10(), np.logaddexp: _logaddexp,
    np.sqrt: arb.sqrt, np.cbrt: lambda x: x.sgn() * abs(x).root(3),
    np.square: lambda x: x * x, np.reciprocal: lambda x: 1 / x, np.hypot: _hypot,
    np.sin: arb.sin, np.cos: arb.cos, np.tan: arb.tan, np.tanh: arb.tanh,
    np.sinh: arb.sinh, np.cosh: arb.cosh, np.arctan: arb.atan, np.arctan2: arb.atan2,
    np.arcsin: arb.asin, np.arccos: arb.acos, np.arcsinh: arb.asinh, np.arccosh: arb.acosh,
    np.arctanh: arb.atanh,
}  # fmt: skip

#: What is true or false of a ball.
TESTS: dict[np.ufunc, Callable[[arb], bool]] = {
    np.isfinite: arb.is_finite,
    np.isnan: arb.is_nan,
    np.isinf: lambda x: not (x.is_finite() or x.is_nan()),
}


def _lifted(function: Callable[..., Any], kind: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *balls: kind(function(*map(as_arb, balls)))


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _side in ("__", "__r"):
        setattr(Ball, f"{_side}{_name}__", _operator(f"{_side}{_name}__"))
for _name, _opposite in (("lt", "ge"), ("gt", "le"), ("eq", "ne")):
    setattr(Ball, f"__{_name}__", _comparison(f"__{_name}__", f"__{_opposite}__"))
    setattr(Ball, f"__{_opposite}__", _comparison(f"__{_opposite}__", f"__{_name}__"))
#: Of these NumPy has no function: code that wants them calls the number's own.
for _name in ("__neg__", "__pos__", "__abs__", "erf", "erfc"):
    setattr(Ball, _name, _lifted(getattr(arb, _name), Ball))
for _ufunc, _function in FUNCTIONS.items():  # np.exp of a lone object calls its method `exp`
    setattr(Ball, _ufunc.__name__, _lifted(_function, Ball))

_ON_ARRAYS = {
    ufunc: np.frompyfunc(_lifted(function, kind), ufunc.nin, 1)
    for table, kind in ((FUNCTIONS, Ball), (TESTS, bool))
    for ufunc, function in table.items()
}
_as_ball = np.frompyfunc(lambda x: x if type(x) is Ball else Ball(as_arb(x)), 1, 1)
_as_arb = np.frompyfunc(as_arb, 1, 1)


class BallArray(CarrierArray):
    """Arrays whose elements are balls."""

    KINDS = "O"

    @classmethod
    def carry(cls, array: Any) -> Self:
        """The array with each number as a ball, exactly."""
        return np.asarray(_as_ball(np.asarray(array)), dtype=object).view(cls)

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if ufunc is np.matmul and all(np.ndim(x) >= 2 for x in inputs):
            return _matrix_products(*inputs)
        result = getattr(_ON_ARRAYS.get(ufunc, ufunc), method)(*inputs, **kwargs)
        return np.asarray(result, dtype=bool) if ufunc in TESTS else result

    def _wrap(self, result: Any) -> Any:
        """Constants that came among the balls become balls too, as those of `where` do."""
        is_array = isinstance(result, (Ball, np.ndarray)) and np.asarray(result).dtype == object
        return self.carry(result) if is_array else super()._wrap(result)


def _matrix_products(a: Any, b: Any) -> Any:
    """Of the last two axes; where the second has no more, the first is one tall matrix."""
    if b.ndim == 2:
        product = _matrix_product(a.reshape(-1, a.shape[-1]), b)
        return product.reshape(*a.shape[:-1], b.shape[1])
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (np.broadcast_to(x, leading + x.shape[-2:]) for x in (a, b))
    products = np.empty((*leading, a.shape[-2], b.shape[-1]), dtype=object)
    for index in np.ndindex(leading):
        products[index] = _matrix_product(a[index], b[index])
    return products


def _matrix_product(a: Any, b: Any) -> Any:
    """By FLINT's own, which is several times faster than one operation at a time."""
    left, right = (arb_mat(x.shape[0], x.shape[1], _as_arb(x).ravel().tolist()) for x in (a, b))
    entries = np.array((left * right).entries(), dtype=object)
    return entries.reshape(a.shape[0], b.shape[1])


def midpoints(array: Any) -> Any:
    """The middle of each ball, rounded to longdouble."""

    def middle(number: arb) -> Any:
        high = float(number.mid())
        return np.longdouble(high) + np.longdouble(float((number - high).mid()))

    return _floats(middle, array, np.longdouble)


def radii(array: Any) -> Any:
    """How far the number may lie from the middle of its ball."""
    return _floats(lambda number: float(number.rad()), array, np.float64)


def magnitudes(array: Any) -> Any:
    """The largest absolute value that each ball allows."""
    return _floats(lambda number: float(number.abs_upper()), array, np.float64)


def _floats(function: Callable[[arb], Any], array: Any, dtype: Any) -> Any:
    return np.asarray(np.frompyfunc(lambda x: function(as_arb(x)), 1, 1)(np.asarray(array)), dtype)
