"""The complex step: ∂f/∂xᵢ = Im f(x + i h eᵢ) / h.

Nothing is subtracted, so the step can be as small as one likes.

Source: Squire and Trapp, SIAM Review 40 (1998), 110-112. The function must be analytic in
plain NumPy code. Comparisons, maxima and absolute values go by the real part, as they do for
real arguments; operations that are not analytic are refused. Where the step breaks a tie of real
parts, by the imaginary ones as NumPy orders complex numbers, the slope is that on the step's side.
Then it is taken on the other side too, and where the two differ there is a kink. A tie that is met
again at a point nearby is one of rounding, as of maxima that have saturated: which is the larger
is not known there, nor the slope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clinometer.arrays import CarrierArray
from clinometer.estimate import ELEMENTWISE, Estimate, Refused
from clinometer.problem import FrameworkCode, Problem
from clinometer.rounding import EXACT, SUMMING, unit_roundoff

REQUIRES = "numpy"
STRIDE = 1
SIZES = ELEMENTWISE
NATURE = "analytic"

#: The two widest complex dtypes that NumPy computes in here.
WIDE, NARROW = (
    (np.clongdouble, np.complex128)
    if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps
    else (np.complex128, np.complex64)
)
#: Small enough that its square, which is the truncation error, is lost in rounding; larger for
#: the narrower dtype, so that the contrast between the two tells that error where it is not lost.
STEPS = {np.clongdouble: 2.0**-100, np.complex128: 2.0**-80, np.complex64: 2.0**-40}
SAMPLES = 4
#: In units of the spread of so few samples the error has the tail of Student's t.
MARGIN = 16.0
UNDERFLOW = 2.0**-922  # a gradient below this, times the step, is lost in subnormal numbers

#: Ufuncs that choose between two numbers, or between one and zero.
CHOOSING = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.maximum, np.minimum, np.sign, np.absolute, np.fabs,
}  # fmt: skip
#: Ufuncs without a complex derivative.
NOT_ANALYTIC = {np.conjugate, np.floor, np.ceil, np.trunc, np.rint, np.angle}
#: Where real numbers have no result, complex ones would have one far from the real axis.
BRANCHED = {
    np.sqrt, np.log, np.log2, np.log10, np.power, np.float_power,
    np.arcsin, np.arccos, np.arccosh, np.arctanh,
}  # fmt: skip


def _along(value: Any, *terms: tuple[Any, Any]) -> Any:
    """The value with the sum of derivative times step as its imaginary part."""
    return value + 1j * sum(derivative * np.imag(x) for derivative, x in terms)


def _log1p(x: Any) -> Any:
    """NumPy's complex log1p loses the digits of small real parts."""
    return _along(np.log1p(np.real(x)), (1 / (1 + np.real(x)), x))


def _hypot(x: Any, y: Any) -> Any:
    length = np.hypot(np.real(x), np.real(y))
    return _along(length, (np.real(x) / length, x), (np.real(y) / length, y))


def _arctan2(y: Any, x: Any) -> Any:
    length = np.hypot(np.real(x), np.real(y))
    to_y, to_x = np.real(x) / length / length, -np.real(y) / length / length
    return _along(np.arctan2(np.real(y), np.real(x)), (to_y, y), (to_x, x))


def _sign(x: Any) -> Any:
    """Of the real part, and where that is zero of the imaginary one."""
    return np.sign(np.where(np.real(x) == 0, np.imag(x), np.real(x)))


def _absolute(x: Any) -> Any:
    return np.where(_sign(x) < 0, -x, x)


def _cbrt(x: Any) -> Any:
    root = np.cbrt(np.real(x))
    return _along(root, (1 / (3 * root * root), x))


def _logaddexp(x: Any, y: Any) -> Any:
    result = np.logaddexp(np.real(x), np.real(y))
    return _along(result, (np.exp(np.real(x) - result), x), (np.exp(np.real(y) - result), y))


#: What NumPy does not offer for complex numbers, or not to the last digits.
FUNCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.sign: _sign, np.absolute: _absolute, np.fabs: _absolute,
    np.log1p: _log1p, np.hypot: _hypot, np.arctan2: _arctan2, np.cbrt: _cbrt,
    np.logaddexp: _logaddexp,
}  # fmt: skip


def _tied(x: Any, y: Any = 0) -> bool:
    """True where two numbers are equal at the point and not beside it."""
    return bool(np.any((np.real(x) == np.real(y)) & (np.imag(x) != np.imag(y))))


class ComplexStepArray(CarrierArray):
    """Complex numbers x + i h v that branch as their real parts x do."""

    #: Whether a tie was met, which is for every class that is derived to say for itself.
    tied = False

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if ufunc in NOT_ANALYTIC:
            raise Refused(f"the function uses {ufunc.__name__}, which has no complex derivative")
        if ufunc in CHOOSING and not self.tied:
            type(self).tied = self._meets_tie(ufunc, method, inputs, kwargs)
        if ufunc in FUNCTIONS and method == "__call__":
            return FUNCTIONS[ufunc](*inputs)
        try:
            result = getattr(ufunc, method)(*inputs, **kwargs)
        except TypeError as error:
            raise Refused(
                f"the function uses {ufunc.__name__}, which takes no complex numbers"
            ) from error
        if ufunc in BRANCHED:
            real = getattr(ufunc, method)(*(np.real(x) for x in inputs), **kwargs)
            return np.where(np.isnan(real), complex(np.nan, np.nan), result)
        return result

    @staticmethod
    def _meets_tie(ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]) -> bool:
        if method == "__call__":
            return _tied(*inputs)
        if method != "reduce":
            return False
        chosen = ufunc.reduce(*inputs, **{**kwargs, "keepdims": True})
        return _tied(inputs[0], chosen)


class NoisyComplexStepArray(ComplexStepArray):
    """The same with every result moved at random by up to two units roundoff.

    Digits that are lost alike in every precision, as where rows that should differ a little
    round to the same, would otherwise show in no difference between two of them.
    """

    random: np.random.Generator

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if ufunc in SUMMING and (ufunc is np.matmul or method == "reduce"):
            inputs = [self._perturb(x) for x in inputs]
        result = super().compute(ufunc, method, inputs, kwargs)
        return result if ufunc in EXACT else self._perturb(result)

    def _perturb(self, result: Any) -> Any:
        dtype = getattr(result, "dtype", None)
        if dtype is None or dtype.kind not in self.KINDS:
            return result
        moved = np.array(result, ndmin=1, order="C")
        parts = moved.view(moved.real.dtype)
        parts *= 1 + (self.random.random(parts.shape) - 0.5) * (4 * unit_roundoff(dtype))
        return moved.reshape(result.shape)


@np.errstate(all="ignore")  # an overflow shows in the uncertainty
def estimate(problem: Problem) -> Estimate:
    """One complex evaluation of the function for each element of its arguments, and a few more.

    Along some random directions through each array the slope is computed again, noisily in a
    narrower dtype, which tells how far rounding goes. Raises Refused for a function that is not
    analytic.
    """
    if isinstance(problem.function, FrameworkCode):
        raise Refused("the function computes in a framework's own numbers")
    points = _carried(problem, WIDE, type("Choosing", (ComplexStepArray,), {}))
    random = np.random.default_rng(0)
    noisy = _carried(problem, NARROW, type("Seeded", (NoisyComplexStepArray,), {"random": random}))
    gradients, uncertainties, kinks, evaluations = {}, {}, {}, 0
    for name, point in points.items():
        above, below, ties = _slopes(problem, points, name)
        gradients[name], gap = (above + below) / 2, np.abs(above - below) / 2
        sides = 2 if ties else 1
        uncertainty = _uncertainty(problem, noisy, name, gradients[name], random, sides)
        uncertainties[name], kinks[name] = uncertainty + gap, gap > uncertainty
        if ties and problem.nearby:
            uncertainties[name] = np.full(point.shape, np.inf)
        evaluations += point.size + ties + SAMPLES * sides
    return Estimate("complex_step", gradients, uncertainties, evaluations, kinks=kinks)


def _carried(problem: Problem, dtype: Any, kind: type[ComplexStepArray]) -> dict[str, Any]:
    return {name: kind.carry(a.astype(dtype)) for name, a in problem.arguments.items()}


def _slopes(problem: Problem, points: dict[str, Any], name: str) -> tuple[Any, Any, int]:
    """The derivatives by the elements of an array, above the point and below it.

    And by how many of them a tie was met.
    """
    kind, plain = type(points[name]), points[name].view(np.ndarray)
    above, step = np.empty(plain.shape, dtype=plain.real.dtype), STEPS[WIDE]
    below, ties = np.empty_like(above), 0
    for index in np.ndindex(plain.shape):
        real, kind.tied = plain[index], False
        plain[index] = real + 1j * step
        above[index] = below[index] = _imaginary(problem, points) / step
        if kind.tied:
            plain[index] = real - 1j * step
            below[index] = -_imaginary(problem, points) / step
            ties += 1
        plain[index] = real
    return above, below, ties


def _uncertainty(
    problem: Problem,
    noisy: dict[str, Any],
    name: str,
    gradient: Any,
    random: np.random.Generator,
    sides: int,
) -> Any:
    """How far off rounding may have put each element.

    Signs and lengths at random keep the errors of the elements from cancelling each other time
    and again, as those of two elements do that are equal and opposite wherever the signs agree.
    So a slope along them errs by about as much as the worst element, at least. Of both sides it
    is the middle.
    """
    array, errors = noisy[name], []
    steps = (STEPS[NARROW], -STEPS[NARROW])[:sides]
    for _ in range(SAMPLES):
        signs = 1.0 - 2.0 * random.integers(2, size=array.shape)
        direction = signs * random.uniform(0.5, 1.5, array.shape)
        moved = [array.carry(array.view(np.ndarray) + 1j * step * direction) for step in steps]
        values = [_imaginary(problem, {**noisy, name: at}) for at in moved]
        errors.append(np.mean(np.divide(values, steps)) - np.sum(gradient * direction))
    spread = float(np.sqrt(np.mean(np.square(errors))))
    narrower = unit_roundoff(WIDE) / unit_roundoff(NARROW)
    return MARGIN * narrower * spread + 8 * unit_roundoff(WIDE) * np.abs(gradient) + UNDERFLOW


def _imaginary(problem: Problem, point: Mapping[str, Any]) -> Any:
    try:
        return np.imag(problem.function(point))
    except Refused:
        raise
    except Exception as error:  # whatever it is, this code does not take complex numbers
        raise Refused(f"the function does not run on complex numbers: {error}") from error
