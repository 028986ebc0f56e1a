"""How far off rounding alone may put a gradient: stochastic arithmetic.

The gradient is computed again a few times in its own dtype with every result of every
operation moved by a random error of up to two units roundoff. The spread of the gradients is
the effect that rounding has, whatever its route through the code; measured on 390 000
elements, the true error exceeds eight times that spread in fewer than one in a hundred
thousand (Parker 1997; Denis, de Oliveira Castro and Petit 2016 for the method).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clinometer.arrays import CarrierArray
from clinometer.contract import call
from clinometer.problem import Problem

SAMPLES = 8
KAPPA = 8.0  # spreads that a rounding error may measure

#: Results of these are exact, whatever their arguments.
EXACT = {np.negative, np.positive, np.absolute, np.maximum, np.minimum, np.sign}
#: These round inside, where no noise reaches: their inputs are moved as well.
SUMMING = {np.add, np.matmul, np.subtract}


class StochasticArray(CarrierArray):
    """Numbers whose every operation errs at random."""

    random: np.random.Generator

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if ufunc in SUMMING and (ufunc is np.matmul or method == "reduce"):
            inputs = [self._perturb(x) for x in inputs]
        result = getattr(ufunc, method)(*inputs, **kwargs)
        return result if ufunc in EXACT else self._perturb(result)

    def _perturb(self, result: Any) -> Any:
        dtype = getattr(result, "dtype", None)
        if dtype is None or dtype.kind != "f":
            return result
        noise = (self.random.random(result.shape) - 0.5) * (4 * unit_roundoff(dtype))
        return result + result * noise.astype(dtype)


def unit_roundoff(dtype: Any) -> float:
    """Half the distance from 1 to the next larger number: the largest relative rounding error."""
    return float(np.finfo(dtype).eps) / 2


def gradient_noise(problem: Problem, dtype: Any, seed: int = 0) -> dict[str, Any]:
    """The spread of each gradient element, and of the `value`, under rounding in `dtype`.

    Arrays for which the traced gradient breaks its contract are left out.
    """
    gradient, kind = problem.traced_gradient, _noisy_kind(seed)
    centre, broken = call(gradient, problem.cast(dtype))
    noisy = {name: kind.carry(array) for name, array in problem.cast(dtype).items()}
    samples = [call(gradient, noisy)[0] for _ in range(SAMPLES)]
    return {
        name: _spread([sample[name] - array for sample in samples])
        for name, array in centre.items()
        if name not in broken
    }


def rounding_bound(noise: Any, gradient: Any, dtype: Any) -> Any:
    """How far rounding may put each element: 8 spreads and a little for the last operations."""
    u = unit_roundoff(dtype)
    floor = u * u * largest(gradient) + float(np.finfo(dtype).smallest_subnormal)
    return KAPPA * noise + 4 * u * np.abs(gradient) + floor


def largest(array: Any) -> float:
    """The largest absolute value, 0 for none."""
    return float(np.max(np.abs(array), initial=0.0))


def function_noise(problem: Problem, dtype: Any) -> float:
    """The spread of the function's value under rounding in `dtype`."""
    arguments, kind = problem.cast(dtype), _noisy_kind(0)
    noisy = {name: kind.carry(array) for name, array in arguments.items()}
    return float(_spread_of(lambda: problem.function(noisy), problem.function(arguments)))


def values_noise(
    function: Callable[[Any], Any], array: Any, values: Any, kind: type[StochasticArray]
) -> Any:
    """The spread of the values that a function makes of an array, carried as that kind."""
    noisy = _noisy_kind(0, kind).carry(array)
    return _spread_of(lambda: function(noisy), values)


def _spread_of(sample: Callable[[], Any], centre: Any) -> Any:
    return _spread([np.asarray(sample()) - np.asarray(centre) for _ in range(SAMPLES)])


def _noisy_kind(seed: int, kind: type[StochasticArray] = StochasticArray) -> type[StochasticArray]:
    return type("SeededStochasticArray", (kind,), {"random": np.random.default_rng(seed)})


def _spread(differences: list[Any]) -> Any:
    """The root mean square, scaled so that squares of tiny numbers do not underflow."""
    stack = np.stack(differences).astype(np.float64)
    largest = np.abs(stack).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    return unit * np.sqrt(np.mean((stack / unit) ** 2, axis=0))
