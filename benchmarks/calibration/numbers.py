"""Numbers of every type: points that all of them hold, constants, and the error function."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
from flint import arb, ctx

from clinometer.arrays import CarrierArray
from clinometer.balls import Ball, BallArray, midpoints

#: How many binary digits the numbers of a point have: those of float32, and of bfloat16.
DIGITS = {"float64": 24, "float32": 24, "float16": 8, "bfloat16": 8}
SUBNORMAL = {"float16": 2.0**-24}


def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Bell-shaped numbers in ±2 that are integers times 2⁻²⁰."""
    return random.integers(-(2**18), 2**18, size=(4, *shape)).sum(axis=0) * 2.0**-19


def on_grid(array: Any, dtype: str) -> Any:
    """The float64 array rounded to numbers that `dtype` holds exactly, of few binary digits."""
    mantissa, exponent = np.frexp(array)
    digits = DIGITS[dtype]
    rounded = np.ldexp(np.rint(np.ldexp(mantissa, digits)), exponent - digits)
    smallest = SUBNORMAL.get(dtype)
    return np.rint(rounded / smallest) * smallest if smallest else rounded


def like(x: Any, constant: Any) -> Any:
    """The constant with the dtype and the class of `x`."""
    converted = np.asarray(constant).astype(x.dtype)
    return x.carry(converted) if isinstance(x, CarrierArray) else converted


def matmul(a: Any, b: Any) -> Any:
    """The product in the dtype of both, which NumPy leaves for bfloat16."""
    return (a @ b).astype(a.dtype, copy=False)


def erf(x: Any) -> Any:
    """The error function. Complex numbers are taken to be x + i h with h² lost in rounding."""
    if isinstance(x, BallArray):
        return BallArray.carry(_on_balls(x.view(np.ndarray)))
    if x.dtype.kind != "c":
        return x * _over_x(x)  # the product, so that the rounding of a result is traced
    real, imaginary = np.real(x), np.imag(x)
    return erf(real) + 1j * (imaginary * erf_slope(real))


def erf_slope(x: Any) -> Any:
    """2/√π exp(-x²), with π from the number type itself."""
    pi = 4 * np.arctan(like(x, 1.0))
    return 2 / np.sqrt(pi) * np.exp(-x * x)


def _over_x(x: Any) -> Any:
    """erf(x)/x of real numbers, rounded twice at most, as a plain array."""
    plain = x.view(np.ndarray)
    divisor = np.where(plain == 0, _tiny(plain.dtype), plain)
    if plain.dtype != np.longdouble:
        return (np.asarray(_in_double(divisor), dtype=np.float64) / divisor).astype(plain.dtype)
    with ctx.workprec(128):
        return midpoints(_on_balls(BallArray.carry(divisor))) / divisor


def _tiny(dtype: Any) -> Any:
    return ml_dtypes.finfo(dtype).tiny  # type: ignore[no-untyped-call]


def _ball_erf(x: Ball) -> Ball:
    return Ball(arb.erf(x.arb))


_on_balls = np.frompyfunc(_ball_erf, 1, 1)
_in_double = np.frompyfunc(math.erf, 1, 1)
