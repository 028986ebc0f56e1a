"""The dense layer, whose weight PyTorch keeps as (out, in)."""

from __future__ import annotations

from torch.nn import functional as F

FUNCTIONS = {"dense": lambda layer, p, x: F.linear(x, p["weight"].T, p["bias"])}
