"""How far off rounding alone may put a gradient: stochastic arithmetic.

The gradient is computed again a few times in its own dtype with every result of every
operation moved by a random error of up to two units roundoff. The spread of the gradients is
the effect that rounding has, whatever its route through the code; measured on 390 000
elements, the true error exceeds eight times that spread in fewer than one in a hundred
thousand (Parker 1997; Denis, de Oliveira Castro and Petit 2016 for the method).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import ml_dtypes
import numpy as np

from clinometer.arrays import CarrierArray, is_narrow
from clinometer.contract import call
from clinometer.problem import Arrays, FrameworkCode, Problem, value_at

SAMPLES = 8
KAPPA = 8.0  # spreads that a rounding error may measure
FEW = 1000  # elements; among more of them, some rounding error measures more spreads
LARGE = 10_000  # elements of a problem, above which gradients of framework code are sampled less
FEWER, FEWEST = 4, 2  # samples of framework code, the calls of which are counted: see _enough

#: What random errors start from.
Seed: TypeAlias = int | np.random.Generator

#: What was measured of functions already.
_noises: WeakKeyDictionary[Problem, dict[Any, float]] = WeakKeyDictionary()

#: Results of these are exact, whatever their arguments.
EXACT = {np.negative, np.positive, np.absolute, np.maximum, np.minimum, np.sign}
#: These round inside, where no noise reaches: their inputs are moved as well.
SUMMING = {np.add, np.matmul, np.subtract}
#: So do these, which are made of no functions that show.
WHOLE = {np.dot, np.inner, np.vdot, np.einsum, np.convolve, np.correlate, np.interp}


class StochasticArray(CarrierArray):
    """Numbers whose every operation errs at random.

    Attributes:
        coarsest: the largest unit roundoff that an operation may have. What rounds more, such
            as a detour through a narrower dtype, shall not pass for what the dtype explains.
    """

    random: np.random.Generator
    coarsest: float = 1.0

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        operate = getattr(ufunc, method)
        if ufunc in SUMMING and (ufunc is np.matmul or method == "reduce"):
            if any(map(is_narrow, inputs)):  # the sums may be wider, as bfloat16 matrices have them
                dtype = operate(*inputs, **kwargs).dtype
                inputs = [x.astype(dtype) for x in inputs]
            inputs = [self._perturb(x) for x in inputs]
        result = operate(*inputs, **kwargs)
        if ufunc in EXACT:
            return result
        if not is_narrow(result) or result.all():
            return self._perturb(result)
        wide = [x.astype(np.float64) if is_narrow(x) else x for x in inputs]
        return self._perturb(result, underflowed=operate(*wide, **kwargs) != 0)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """What is computed as a whole is right, at most, for nearly those inputs."""
        if func not in WHOLE and not func.__module__.startswith(("numpy.linalg", "numpy.fft")):
            return super().__array_function__(func, types, args, kwargs)
        args = tuple(self._moved(x) for x in args)
        return self._moved(super().__array_function__(func, types, args, kwargs))

    def _moved(self, x: Any) -> Any:
        numbers = isinstance(x, np.ndarray) and x.dtype.kind in self.KINDS
        return self.carry(self._perturb(np.asarray(x))) if numbers else x

    def dot(self, other: Any, out: None = None) -> Any:  # type: ignore[override]
        """The method leaves no trace where the function does."""
        return np.dot(self, other)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """To a narrower dtype this is an operation that rounds, like any other."""
        result = super().astype(dtype, *args, **kwargs)
        rounds = _is_real(result) and unit_roundoff(result.dtype) > unit_roundoff(self.dtype)
        if not rounds:
            return result
        return self.carry(self._perturb(result.view(np.ndarray), self.view(np.ndarray) != 0))

    def _perturb(self, result: Any, underflowed: Any = False) -> Any:
        if getattr(getattr(result, "dtype", None), "kind", "") == "c":
            u = min(unit_roundoff(result.real.dtype), self.coarsest)
            errors = self.random.random((2, *result.shape)) - 0.5
            return result * (1 + 4 * u * (errors[0] + 1j * errors[1])).astype(result.dtype)
        if not _is_real(result):
            return result
        u = min(unit_roundoff(result.dtype), self.coarsest)
        noise = (self.random.random(result.shape) - 0.5) * (4 * u)
        if not is_narrow(result):
            # Beside zero rounding is absolute. Elsewhere this is too small to move anything.
            tiny = np.copysign(smallest_subnormal(result.dtype), noise) * (result != 0)
            return result + (result * noise.astype(result.dtype) + tiny.astype(result.dtype))
        # Noise of 16 bits would itself be rounded away; and they underflow all the time.
        wide, subnormal = result.astype(np.float64), smallest_subnormal(result.dtype)
        tiny = np.where((wide != 0) | underflowed, noise * subnormal / (2 * u), 0.0)
        return (wide + wide * noise + tiny).astype(result.dtype)


def _is_real(numbers: Any) -> bool:
    """True for NumPy's floating-point numbers, bfloat16 among them."""
    return is_narrow(numbers) or getattr(getattr(numbers, "dtype", None), "kind", "") == "f"


def unit_roundoff(dtype: Any) -> float:
    """Half the distance from 1 to the next larger number: the largest relative rounding error."""
    return _fact("eps", dtype) / 2


def smallest_subnormal(dtype: Any) -> float:
    """The smallest positive number: twice the largest rounding error beside zero."""
    return _fact("smallest_subnormal", dtype)


def smallest(code: Callable[[Arrays], Any], dtype: Any) -> float:
    """The smallest positive number that code computes with; JAX takes subnormal ones for zero."""
    return _fact("tiny" if hasattr(code, "FLUSHES") else "smallest_subnormal", dtype)


@cache
def _fact(name: str, dtype: Any) -> float:
    return float(getattr(ml_dtypes.finfo(dtype), name))  # type: ignore[no-untyped-call]


def gradient_noise(
    problem: Problem, subject: str, dtype: Any, seed: int = 0, samples: int = 0
) -> dict[str, Any]:
    """The spread of each element of the subject's gradient, and of its `value`, in `dtype`.

    Arrays for which the gradient breaks its contract are left out. Where samples are few, no
    spread is taken for smaller than the typical one of its array. There are 8, or as many as given,
    or fewer of large framework code.
    """
    gradient, arguments = problem.gradients[subject], problem.cast(dtype)
    samples = samples or _of_gradient(gradient, problem, dtype)
    centre, broken = call(gradient, arguments)
    noisy = stochastic(gradient, dtype, seed)
    sound = [name for name in centre if name not in broken]
    spread = {name: np.zeros(centre[name].shape) for name in sound}
    for _ in range(samples):
        sample = call(noisy, arguments)[0]
        for name in sound:
            off = _difference(sample[name], centre[name]) if name in sample else np.inf
            spread[name] = np.hypot(spread[name], off)
    spread = {name: total / np.sqrt(samples) for name, total in spread.items()}
    if samples < SAMPLES:
        return {n: np.maximum(s, norm(s) / np.sqrt(max(s.size, 1))) for n, s in spread.items()}
    return spread


def rounding_bound(noise: Any, gradient: Any, dtype: Any) -> Any:
    """How far rounding may put each element: 8 spreads and a little for the last operations.

    A spread from 8 samples is at times far too small by chance. The error in units of it has
    the tail of Student's t, whose probability falls with the eighth power, so that the largest
    of many errors grows with the eighth root of their number.
    """
    u = unit_roundoff(dtype)
    kappa = KAPPA * max(1.0, np.size(gradient) / FEW) ** (1 / SAMPLES)
    floor = u * u * largest(gradient) + smallest_subnormal(dtype)
    return kappa * noise + 4 * u * np.abs(gradient) + floor


def largest(array: Any) -> float:
    """The largest absolute value, 0 for none."""
    return float(np.max(np.abs(array), initial=0.0))


def norm(array: Any) -> float:
    """The Euclidean norm, scaled so that squares of tiny numbers do not underflow."""
    unit = largest(array)
    if not 0 < unit < np.inf:
        return unit
    return unit * float(np.sqrt(np.sum(np.square((array / unit).astype(np.float64)))))


def function_noise(problem: Problem, dtype: Any, seed: int = 0) -> float:
    """The spread of the function's value under rounding in `dtype`, measured once."""
    known = _noises.setdefault(problem, {})
    key = np.dtype(dtype), seed
    if key not in known:
        arguments = problem.cast(dtype)
        centre = value_at(problem.function, arguments)
        noisy = stochastic(problem.function, dtype, seed)
        samples = _enough(problem.function, problem, on_trial=False)
        known[key] = float(_spread(lambda: value_at(noisy, arguments), centre, samples))
    return known[key]


def values_noise(
    function: Callable[[Any], Any], array: Any, values: Any, kind: type[StochasticArray]
) -> Any:
    """The spread of the values that a function makes of an array, carried as that kind."""
    noisy = _seeded(kind, array.dtype, 0).carry(array)
    return _spread(lambda: function(noisy), values)


def _of_gradient(code: Callable[[Arrays], Any], problem: Problem, dtype: Any) -> int:
    """How many samples; of large framework code fewer, so that its many elements tell the rest."""
    samples = _enough(code, problem, np.dtype(dtype) == np.dtype(problem.dtype))
    large = isinstance(code, FrameworkCode) and problem.size > LARGE
    return max(1, samples // 4) if large else samples


def _enough(code: Callable[[Arrays], Any], problem: Problem, on_trial: bool) -> int:
    """Fewer samples of framework code where its rounding is not on trial, fewest nearby."""
    if not isinstance(code, FrameworkCode):
        return SAMPLES
    if problem.nearby:
        return FEWEST
    return SAMPLES if on_trial else FEWER


def _spread(sample: Callable[[], Any], centre: Any, samples: int = SAMPLES) -> Any:
    """The root mean square of the differences, none of which is squared by itself."""
    total = np.zeros(np.shape(centre))
    for _ in range(samples):
        total = np.hypot(total, _difference(sample(), centre))
    return total / np.sqrt(samples)


def stochastic(code: Callable[[Arrays], Any], dtype: Any, seed: Seed) -> Callable[[Arrays], Any]:
    """A function or a gradient with random errors in its operations, new ones at each call."""
    if isinstance(code, FrameworkCode):
        framework_code, random = code, np.random.default_rng(seed)
        return lambda arguments: framework_code.stochastic(arguments, random)
    kind = _seeded(StochasticArray, dtype, seed)
    return lambda arguments: code({n: kind.carry(array) for n, array in arguments.items()})


def _seeded(kind: type[StochasticArray], dtype: Any, seed: Seed) -> type[StochasticArray]:
    members = {"random": np.random.default_rng(seed), "coarsest": unit_roundoff(dtype)}
    return type("Seeded", (kind,), members)


def _difference(noisy: Any, centre: Any) -> Any:
    """In float64, or in the numbers' own dtype if that is wider; infinite where it is NaN."""
    noisy, centre = np.asarray(noisy), np.asarray(centre)
    wide = np.promote_types(centre.dtype, np.float64)
    difference = (noisy.astype(wide) - centre.astype(wide)).astype(np.float64)
    return np.where(np.isnan(difference), np.inf, difference)
