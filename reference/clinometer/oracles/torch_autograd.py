"""PyTorch's reverse mode, in float64, through the problem's PyTorch reading."""

from __future__ import annotations

from clinometer.estimate import ANY_SIZE, Estimate
from clinometer.problem import Problem

REQUIRES = "torch"
STRIDE = 1
SIZES = ANY_SIZE
NATURE = "autograd"


def estimate(problem: Problem) -> Estimate:
    """`torch.autograd.grad`, twice or, where digits are lost, ten times."""
    from clinometer.frameworks import estimation
    from clinometer.frameworks.torch_gradient import TorchGradient

    return estimation.estimate("torch_autograd", TorchGradient(problem.readings["torch"]), problem)
