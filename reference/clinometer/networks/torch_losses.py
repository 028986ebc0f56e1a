"""Every loss and penalty as a PyTorch user would write it.

LOSSES goes from a loss, the outputs, the target and the loss's constants to its value, PENALTIES
from a penalty and the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional as F

Constants = Mapping[str, Tensor]


def _row_squared_error(loss: Any, y: Tensor, target: Any, c: Constants) -> Tensor:
    return F.mse_loss(y, target, reduction="none").flatten(1).sum(dim=1)


def _binary_cross_entropy(loss: Any, y: Tensor, target: Any, c: Constants) -> Tensor:
    weight = y.new_tensor(loss.positive_weight)
    return F.binary_cross_entropy_with_logits(y, target, pos_weight=weight)


def _softmax_cross_entropy(loss: Any, y: Tensor, target: Any, c: Constants) -> Tensor:
    return F.cross_entropy(
        y.movedim(-1, 1),
        target,
        weight=c.get("class_weight"),
        ignore_index=-1,
        label_smoothing=loss.smoothing,
    )


def _kl_divergence(loss: Any, y: Tensor, target: Any, c: Constants) -> Tensor:
    return F.kl_div(y, target, reduction="batchmean")


LOSSES: dict[str, Callable[[Any, Tensor, Any, Constants], Tensor]] = {
    "mean_squared_error": lambda loss, y, target, c: F.mse_loss(y, target),
    "sum_squared_error": lambda loss, y, target, c: F.mse_loss(y, target, reduction="sum"),
    "row_squared_error": _row_squared_error,
    "huber": lambda loss, y, target, c: F.huber_loss(y, target, delta=loss.delta),
    "hinge": lambda loss, y, target, c: F.relu(1 - target * y).mean(),
    "binary_cross_entropy": _binary_cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "kl_divergence": _kl_divergence,
    "outputs": lambda loss, y, target, c: y,
}

PENALTIES: dict[str, Callable[[Any, list[Tensor]], Tensor]] = {
    "l1_penalty": lambda penalty, weights: penalty.strength * sum(w.abs().sum() for w in weights),
    "l2_penalty": lambda penalty, weights: (
        penalty.strength * sum(w.square().sum() for w in weights)
    ),
}
