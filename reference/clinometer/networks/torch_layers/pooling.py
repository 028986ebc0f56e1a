"""Poolings. PyTorch pads both ends alike, but for `F.pad`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

Pool = Callable[..., Tensor]


def _pads(layer: Any) -> list[int]:
    """As `F.pad` has them, which begins with the last axis."""
    pairs = [layer.padding[i : i + 2] for i in range(0, len(layer.padding), 2)]
    return [number for pair in reversed(pairs) for number in pair]


def _max_pool(pool: Pool) -> Callable[..., Tensor]:
    def function(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
        padded = F.pad(x, _pads(layer), value=-math.inf)
        return pool(padded, layer.kernel, layer.stride, dilation=layer.dilation)

    return function


def _average_pool(pool: Pool) -> Callable[..., Tensor]:
    def function(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
        def pooled(array: Tensor) -> Tensor:
            return pool(F.pad(array, _pads(layer)), layer.kernel, layer.stride)

        return pooled(x) if layer.count_padding else pooled(x) / pooled(torch.ones_like(x))

    return function


FUNCTIONS = {
    "max_pool1d": _max_pool(F.max_pool1d),
    "max_pool2d": _max_pool(F.max_pool2d),
    "average_pool1d": _average_pool(F.avg_pool1d),
    "average_pool2d": _average_pool(F.avg_pool2d),
    "global_average_pool": lambda layer, p, x: x.flatten(2).mean(dim=2),
    "global_max_pool": lambda layer, p, x: F.adaptive_max_pool1d(x.flatten(2), 1).squeeze(2),
}
