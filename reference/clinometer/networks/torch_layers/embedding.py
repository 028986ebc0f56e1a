"""From tokens to features, and where in a sequence they stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def _positional_encoding(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    steps, features = x.shape[1:]
    position = torch.arange(steps, dtype=x.dtype)[:, None]
    even = torch.arange(0, features, 2, dtype=x.dtype)
    angle = position * torch.exp(even * (-math.log(10000.0) / features))
    waves = torch.stack([torch.sin(angle), torch.cos(angle)], dim=-1).flatten(1)
    return x + waves[:, :features]


FUNCTIONS = {
    "embedding": lambda layer, p, x: F.embedding(x, p["weight"]),
    "positional_encoding": _positional_encoding,
}
