"""Balls of double precision: a whole array of midpoints and one of radii, computed at once.

Every number [m ± r] holds the exact result. Sums and products take the midpoint as floating
point gives it and add to the radius what rounding may have done to it, so that an array costs a
few float64 operations; functions such as exp are computed in Arb, element by element. Hundreds
of times faster than Arb throughout, and proved as well, but the radius grows with each layer.

Source: S. M. Rump, Acta Numerica 19 (2010), 287-449, section 9; N. J. Higham, Accuracy and
Stability of Numerical Algorithms (2002), section 3.1 for sums in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Self

import numpy as np
from flint import arb, ctx

from clinometer.arrays import CarrierArray
from clinometer.balls import FUNCTIONS, Undecided

BALL = np.dtype([("mid", np.float64), ("rad", np.float64)])
ROUNDOFF = 2.0**-53
TINY = 2.0**-1070  # more than underflow may have taken in a few operations
#: More than rounding may take from a radius, which is a short sum of products of positive numbers.
UP = 1 + 2.0**-48
BITS = 80  # of Arb, so that its own rounding does not show


def mid(x: Any) -> Any:
    """The midpoints, or the numbers themselves where they are exact."""
    x = np.asarray(x)
    return x["mid"] if x.dtype == BALL else x.astype(np.float64)


def rad(x: Any) -> Any:
    """The radii, or 0 for exact numbers."""
    x = np.asarray(x)
    return x["rad"] if x.dtype == BALL else np.float64(0)


def ball(middle: Any, radius: Any) -> Any:
    """Midpoints and radii as one array; what is not finite is not known at all."""
    middle = np.asarray(middle)
    result = np.empty(middle.shape, dtype=BALL)
    known = np.isfinite(middle)
    result["mid"] = np.where(known, middle, 0)
    result["rad"] = np.where(known & ~np.isnan(radius), radius, np.inf)
    return result


def _rounded(middle: Any, radius: Any) -> Any:
    """One rounded operation: the radius that its inputs cause, and that of its own rounding."""
    return ball(middle, (radius + ROUNDOFF * np.abs(middle)) * UP + TINY)


def _sum_error(terms: int, size: Any) -> Any:
    """How far the sum of so many rounded products is off, in any order; `size` sums their sizes."""
    return terms * (ROUNDOFF * UP * size + TINY)


def _add(x: Any, y: Any) -> Any:
    return _rounded(mid(x) + mid(y), rad(x) + rad(y))


def _subtract(x: Any, y: Any) -> Any:
    return _rounded(mid(x) - mid(y), rad(x) + rad(y))


def _multiply(x: Any, y: Any) -> Any:
    a, b = mid(x), mid(y)
    return _rounded(a * b, np.abs(a) * rad(y) + rad(x) * (np.abs(b) + rad(y)))


def _divide(x: Any, y: Any) -> Any:
    middle, least = mid(x) / mid(y), np.abs(mid(y)) - rad(y) * UP
    spread = (np.abs(middle) * rad(y) + rad(x) + TINY) / least
    return _rounded(middle, np.where(least > 0, spread, np.inf))


def _matmul(x: Any, y: Any) -> Any:
    a, b = mid(x), mid(y)
    terms = a.shape[-1]
    radius = _sum_error(terms + 2, np.abs(a) @ np.abs(b))
    if np.any(rad(y)):
        radius = radius + np.abs(a) @ rad(y)
    if np.any(rad(x)):
        radius = radius + rad(x) @ (np.abs(b) + rad(y))
    return ball(a @ b, radius * (1 + (terms + 4) * 2 * ROUNDOFF) * UP)


def _sum(x: Any, **kwargs: Any) -> Any:
    middle, size = np.add.reduce(mid(x), **kwargs), np.add.reduce(np.abs(mid(x)), **kwargs)
    terms = x.size // max(np.size(middle), 1)
    radius = np.add.reduce(rad(x), **kwargs) + _sum_error(terms, size)
    return ball(middle, radius * (1 + (terms + 4) * 2 * ROUNDOFF) * UP)


def _product(x: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    slices = np.moveaxis(x, axis, 0) if axis is not None else x.reshape(-1)
    product = reduce(_multiply, slices)
    return np.expand_dims(product, axis) if keepdims else product


def _extreme(select: np.ufunc) -> Callable[[Any, Any], Any]:
    return lambda x, y: ball(select(mid(x), mid(y)), np.maximum(rad(x), rad(y)))


def _extreme_of(select: np.ufunc) -> Callable[..., Any]:
    return lambda x, **kwargs: ball(
        select.reduce(mid(x), **kwargs), np.maximum.reduce(rad(x), **kwargs)
    )


def _above(x: Any, y: Any) -> Any:
    """Where x > y for all numbers of both balls."""
    return mid(x) - mid(y) > (rad(x) + rad(y)) * UP + ROUNDOFF * np.abs(mid(x) - mid(y))


def _compared(holds: np.ufunc) -> Callable[[Any, Any], Any]:
    """A comparison of exact numbers, or of balls that do not touch."""

    def compared(x: Any, y: Any) -> Any:
        exact = (rad(x) == 0) & (rad(y) == 0)
        if not np.all(exact | _above(x, y) | _above(y, x)):
            raise Undecided(f"{holds.__name__} stays undecided in double precision")
        return holds(mid(x), mid(y))

    return compared


_OPERATIONS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {
    (np.add, "__call__"): _add,
    (np.subtract, "__call__"): _subtract,
    (np.multiply, "__call__"): _multiply,
    (np.divide, "__call__"): _divide,
    (np.matmul, "__call__"): _matmul,
    (np.square, "__call__"): lambda x: _multiply(x, x),
    (np.reciprocal, "__call__"): lambda x: _divide(1.0, x),
    (np.negative, "__call__"): lambda x: ball(-mid(x), rad(x)),
    (np.positive, "__call__"): lambda x: x,
    (np.absolute, "__call__"): lambda x: ball(np.abs(mid(x)), rad(x)),
    (np.maximum, "__call__"): _extreme(np.maximum),
    (np.minimum, "__call__"): _extreme(np.minimum),
    (np.add, "reduce"): _sum,
    (np.multiply, "reduce"): _product,
    (np.maximum, "reduce"): _extreme_of(np.maximum),
    (np.minimum, "reduce"): _extreme_of(np.minimum),
    (np.isfinite, "__call__"): lambda x: np.isfinite(rad(x)),
}
for _comparison in (np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal):
    _OPERATIONS[_comparison, "__call__"] = _compared(_comparison)


def _in_arb(function: Callable[..., arb], inputs: list[Any]) -> Any:
    """The function of each ball, by Arb, whose own results are enclosed again."""

    def enclosed(*numbers: float) -> tuple[float, float]:
        result = function(*map(arb, numbers[::2], numbers[1::2]))
        middle = float(result.mid())
        return middle, float((result - middle).abs_upper()) * UP + TINY

    with ctx.workprec(BITS):
        fields = [field for x in inputs for field in (mid(x), rad(x))]
        middle, radius = np.frompyfunc(enclosed, len(fields), 2)(*fields)
    return ball(np.asarray(middle, np.float64), np.asarray(radius, np.float64))


class DoubleBallArray(CarrierArray):
    """Arrays of balls; NumPy itself can do nothing with their dtype, so nothing escapes."""

    @classmethod
    def carry(cls, array: Any) -> Self:
        """Numbers that float64 holds exactly, as balls of radius 0; balls as they are."""
        array = np.asarray(array)
        return np.asarray(array if array.dtype == BALL else ball(mid(array), 0.0)).view(cls)

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if (ufunc, method) in _OPERATIONS:
            return _OPERATIONS[ufunc, method](*inputs, **kwargs)
        if ufunc in FUNCTIONS and method == "__call__":
            return _in_arb(FUNCTIONS[ufunc], inputs)
        raise TypeError(f"{ufunc.__name__} is not known for balls of double precision")

    def like(self, array: Any) -> Self:
        return self.carry(array)

    def tolist(self) -> Any:
        raise TypeError("balls of double precision come in whole arrays only")

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is np.where:
            condition, *choices = args
            args = (condition, *map(self.carry, choices))
        if func in (np.full_like, np.ones_like):  # the number is the midpoint, not the radius
            return self.carry(func(mid(args[0]), *args[1:], **kwargs))
        return super().__array_function__(func, types, args, kwargs)

    def _wrap(self, result: Any) -> Any:
        return self.carry(result) if getattr(result, "dtype", None) == BALL else result
