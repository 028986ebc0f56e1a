"""Functions of each element, and softmax."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def _gelu(x: Tensor) -> Tensor:
    """Far below zero F.gelu loses the digits of 1 + erf, and so does its gradient."""
    return x * torch.erfc(-x / math.sqrt(2)) / 2


FUNCTIONS = {
    "identity": lambda layer, p, x: x,
    "sigmoid": lambda layer, p, x: F.sigmoid(x),
    "tanh": lambda layer, p, x: F.tanh(x),
    "relu": lambda layer, p, x: F.relu(x),
    "leaky_relu": lambda layer, p, x: F.leaky_relu(x, layer.slope),
    # The default threshold of 20 would cut log(1 + eˣ) off where float64 still tells it from x.
    "softplus": lambda layer, p, x: F.softplus(x, threshold=40),
    "elu": lambda layer, p, x: F.elu(x, layer.alpha),
    "gelu": lambda layer, p, x: _gelu(x),
    "gelu_tanh": lambda layer, p, x: F.gelu(x, approximate="tanh"),
    "silu": lambda layer, p, x: F.silu(x),
    "hardtanh": lambda layer, p, x: F.hardtanh(x, layer.low, layer.high),
    "softmax": lambda layer, p, x: F.softmax(x, dim=-1),
}
