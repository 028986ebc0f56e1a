"""JAX's reverse mode, compiled, in float64, through the problem's JAX reading."""

from __future__ import annotations

from clinometer.estimate import ANY_SIZE, Estimate
from clinometer.problem import Problem

REQUIRES = "jax"
STRIDE = 9  # each new architecture is compiled anew, in both precisions
SIZES = ANY_SIZE
NATURE = "autograd"


def estimate(problem: Problem) -> Estimate:
    """`jax.value_and_grad`, twice or, where digits are lost, ten times."""
    from clinometer.frameworks import estimation
    from clinometer.frameworks.jax_gradient import JaxGradient

    return estimation.estimate("jax_grad", JaxGradient(problem.readings["jax"]), problem)
