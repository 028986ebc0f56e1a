"""PyTorch's reverse mode, in float64, through the problem's PyTorch reading."""

from __future__ import annotations

from typing import Any

import numpy as np

from clinometer.estimate import ANY_SIZE, Estimate, rounding_uncertainty
from clinometer.problem import Problem
from clinometer.rounding import unit_roundoff

REQUIRES = "torch"
STRIDE = 1
SIZES = ANY_SIZE
NATURE = "autograd"


def estimate(problem: Problem) -> Estimate:
    """`torch.autograd.grad` in float64, and again in float32 to learn how far rounding goes."""
    wide, narrow = (_value_and_gradients(problem, dtype) for dtype in ("float64", "float32"))
    u_wide, u_narrow = unit_roundoff(np.float64), unit_roundoff(np.float32)
    return Estimate(
        "torch_autograd",
        wide,
        {name: rounding_uncertainty(wide[name], narrow[name], u_wide, u_narrow) for name in wide},
        evaluations=2,
    )


def _value_and_gradients(problem: Problem, dtype: str) -> dict[str, Any]:
    import torch

    arguments = {
        name: torch.tensor(array, dtype=getattr(torch, dtype), requires_grad=True)
        for name, array in problem.arguments.items()
    }
    value = problem.readings["torch"](arguments)
    gradients = torch.autograd.grad(
        value, list(arguments.values()), allow_unused=True, materialize_grads=True
    )
    named = {"value": value.detach(), **dict(zip(arguments, gradients, strict=True))}
    return {name: tensor.numpy().astype(np.float64) for name, tensor in named.items()}
