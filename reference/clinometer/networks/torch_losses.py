"""Every loss and penalty as a PyTorch user would write it.

LOSSES goes from a loss, the outputs, the target and the loss's constants to its value, PENALTIES
from a penalty and the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional as F


def _row_squared_error(loss: Any, y: Tensor, target: Any, c: Mapping[str, Tensor]) -> Tensor:
    return F.mse_loss(y, target, reduction="none").flatten(1).sum(dim=1)


LOSSES: dict[str, Callable[[Any, Tensor, Any, Mapping[str, Tensor]], Tensor]] = {
    "mean_squared_error": lambda loss, y, target, c: F.mse_loss(y, target),
    "sum_squared_error": lambda loss, y, target, c: F.mse_loss(y, target, reduction="sum"),
    "row_squared_error": _row_squared_error,
    "binary_cross_entropy": lambda loss, y, target, c: F.binary_cross_entropy_with_logits(
        y, target
    ),
    "softmax_cross_entropy": lambda loss, y, target, c: F.cross_entropy(y, target),
    "outputs": lambda loss, y, target, c: y,
}

PENALTIES: dict[str, Callable[[Any, list[Tensor]], Tensor]] = {
    "l2_penalty": lambda penalty, weights: (
        penalty.strength * sum(w.square().sum() for w in weights)
    ),
}
