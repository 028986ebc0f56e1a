"""Losses by hand: the value, and the cotangent of the outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.calibration.layers import sigmoid, softmax, softplus
from benchmarks.calibration.numbers import like


def mean_squared_error(outputs: Any, target: Any) -> tuple[Any, Any]:
    """The mean over all elements; `target` is of the outputs' shape."""
    difference = outputs - like(outputs, target)
    return (difference * difference).sum() / outputs.size, 2 * difference / outputs.size


def softmax_cross_entropy(outputs: Any, target: Any) -> tuple[Any, Any]:
    """The mean over the rows; `target` holds ones at the labels and zeros elsewhere."""
    hot, rows = like(outputs, target), len(outputs)
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    normaliser = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = ((normaliser - shifted) * hot).sum() / rows
    return loss, (softmax(outputs) - hot) / rows


def binary_cross_entropy(outputs: Any, target: Any) -> tuple[Any, Any]:
    """The mean over all elements, from logits; `target` is between 0 and 1."""
    goal = like(outputs, target)
    loss = (softplus(outputs) - goal * outputs).sum() / outputs.size
    return loss, (sigmoid(outputs) - goal) / outputs.size


LOSSES: Mapping[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "mse": mean_squared_error,
    "softmax_ce": softmax_cross_entropy,
    "bce": binary_cross_entropy,
}
