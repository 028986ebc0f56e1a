"""Multi-head attention, by PyTorch's own scaled dot product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def _attention(layer: Any, p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    def by_head(a: Tensor, name: str) -> Tensor:
        projected = F.linear(a, p[f"{name}_weight"].T, p[f"{name}_bias"])
        return projected.reshape(*a.shape[:2], layer.heads, -1).transpose(1, 2)

    source = p["memory"].expand(len(x), -1, -1) if layer.memory else x
    query, key, value = by_head(x, "query"), by_head(source, "key"), by_head(source, "value")
    seen = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool)
    if layer.causal:
        seen = seen.tril(key.shape[-2] - query.shape[-2])
    if layer.padded:
        seen = seen & p["mask"].bool()[:, None, None]
    mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
    return F.linear(mixed.transpose(1, 2).flatten(2), p["output_weight"].T, p["output_bias"])


FUNCTIONS = {"attention": _attention}
