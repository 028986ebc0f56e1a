"""The complex step: ∂f/∂xᵢ = Im f(x + i h eᵢ) / h.

Nothing is subtracted, so the step can be as small as one likes.

Source: Squire and Trapp, SIAM Review 40 (1998), 110-112. The function must be analytic in
plain NumPy code. Comparisons, maxima and absolute values go by the real part, as they do for
real arguments; operations that are not analytic are refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clinometer.arrays import CarrierArray
from clinometer.estimate import ELEMENTWISE, Estimate, Refused, rounding_uncertainty
from clinometer.problem import Problem
from clinometer.rounding import unit_roundoff

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
#: Small enough that its square is lost in rounding, large enough that nothing underflows.
STEPS = {np.clongdouble: 2.0**-100, np.complex128: 2.0**-100, np.complex64: 2.0**-40}
UNDERFLOW = 2.0**-922  # a gradient below this, times the step, is lost in subnormal numbers

#: Ufuncs that look at the real part only.
BY_REAL_PART = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.sign,
}  # fmt: skip
#: Ufuncs without a complex derivative.
NOT_ANALYTIC = {np.conjugate, np.floor, np.ceil, np.trunc, np.rint, np.angle}


class ComplexStepArray(CarrierArray):
    """Complex numbers x + i h v that branch as their real parts x do."""

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if ufunc in NOT_ANALYTIC:
            raise Refused(f"the function uses {ufunc.__name__}, which has no complex derivative")
        if ufunc in BY_REAL_PART:
            return getattr(ufunc, method)(*(np.real(x) for x in inputs), **kwargs)
        if ufunc is np.absolute:
            return np.where(np.real(inputs[0]) < 0, -inputs[0], inputs[0])
        if ufunc in (np.maximum, np.minimum) and method == "__call__":
            first, second = inputs
            takes_first = (ufunc is np.maximum) == (np.real(first) > np.real(second))
            return np.where(takes_first, first, second)
        if ufunc is np.log1p:  # NumPy's complex log1p loses the digits of small real parts
            real, imaginary = np.real(inputs[0]), np.imag(inputs[0])
            return np.log1p(real) + 1j * (imaginary / (1 + real))
        return getattr(ufunc, method)(*inputs, **kwargs)


@np.errstate(all="ignore")  # an overflow shows in the uncertainty
def estimate(problem: Problem) -> Estimate:
    """Two complex evaluations of the function for each element of its arguments.

    The gradient is computed in two precisions, which tells how far rounding goes. Raises
    Refused for a function that is not analytic.
    """
    wide, narrow = (_gradients(problem, dtype) for dtype in (WIDE, NARROW))
    u_wide, u_narrow = unit_roundoff(WIDE), unit_roundoff(NARROW)
    return Estimate(
        "complex_step",
        wide,
        {
            name: rounding_uncertainty(gradient, narrow[name], u_wide, u_narrow) + UNDERFLOW
            for name, gradient in wide.items()
        },
        evaluations=sum(2 * gradient.size for gradient in wide.values()),
    )


def _gradients(problem: Problem, dtype: Any) -> dict[str, Any]:
    points = {
        name: ComplexStepArray.carry(a.astype(dtype)) for name, a in problem.arguments.items()
    }
    return {name: _gradient(problem, points, name, STEPS[dtype]) for name in problem.arguments}


def _gradient(problem: Problem, points: dict[str, ComplexStepArray], name: str, step: float) -> Any:
    plain = points[name].view(np.ndarray)
    gradient = np.empty(plain.shape, dtype=plain.real.dtype)
    for index in np.ndindex(plain.shape):
        real = plain[index]
        plain[index] = real + 1j * step
        gradient[index] = np.imag(problem.function(points)) / step
        plain[index] = real
    return gradient
