"""JAX's reverse mode, compiled, in float64, through the problem's JAX reading."""

from __future__ import annotations

from typing import Any

import numpy as np

from clinometer.estimate import ANY_SIZE, Estimate, rounding_uncertainty
from clinometer.problem import Problem
from clinometer.rounding import unit_roundoff

REQUIRES = "jax"
STRIDE = 8  # each new architecture is compiled anew, in both precisions
SIZES = ANY_SIZE
NATURE = "autograd"


def estimate(problem: Problem) -> Estimate:
    """`jax.value_and_grad` in float64, and again in float32 to learn how far rounding goes."""
    wide, narrow = (_value_and_gradients(problem, dtype) for dtype in ("float64", "float32"))
    u_wide, u_narrow = unit_roundoff(np.float64), unit_roundoff(np.float32)
    return Estimate(
        "jax_grad",
        wide,
        {name: rounding_uncertainty(wide[name], narrow[name], u_wide, u_narrow) for name in wide},
        evaluations=2,
    )


def _value_and_gradients(problem: Problem, dtype: str) -> dict[str, Any]:
    import jax

    arguments = problem.cast(dtype)
    with jax.enable_x64(True):
        lowered = jax.jit(jax.value_and_grad(problem.readings["jax"])).lower(arguments)
        # Optimised code runs faster, but once only: the compiler's time is what counts here.
        value, gradients = lowered.compile({"xla_backend_optimization_level": "0"})(arguments)
    return {
        name: np.asarray(array, dtype=np.float64)
        for name, array in {"value": value, **gradients}.items()
    }
