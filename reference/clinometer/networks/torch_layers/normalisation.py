"""Normalisations, whose channels are the first axis of a sample in PyTorch as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

Tensors = Mapping[str, Tensor]


def _batch_norm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    """What F.batch_norm calls, which itself refuses a single number for each channel."""
    return torch.batch_norm(
        x,
        p["weight"],
        p["bias"],
        running_mean=None,
        running_var=None,
        training=True,
        momentum=0.0,
        eps=layer.epsilon,
        cudnn_enabled=False,
    )


def _batch_norm_eval(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    return F.batch_norm(x, p["mean"], p["variance"], p["weight"], p["bias"], eps=layer.epsilon)


def _layer_norm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    return F.layer_norm(x, p["weight"].shape, p["weight"], p["bias"], layer.epsilon)


def _group_norm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    """What F.group_norm calls, which itself refuses a single number altogether."""
    return torch.group_norm(x, layer.groups, p["weight"], p["bias"], layer.epsilon)


FUNCTIONS = {
    "batch_norm": _batch_norm,
    "batch_norm_eval": _batch_norm_eval,
    "layer_norm": _layer_norm,
    "rms_norm": lambda layer, p, x: F.rms_norm(x, x.shape[-1:], p["weight"], layer.epsilon),
    "group_norm": _group_norm,
}
