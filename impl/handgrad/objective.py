"""What a network is trained to make small: a loss, and optionally a penalty on the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from handgrad.arrays import Cache, described
from handgrad.kernels import kernel, kernel_set, rounded
from handgrad.structure import Layer


class Objective:
    """A loss kernel and a penalty kernel. Every loss contains the whole penalty.

    Numbers go in and come out as the kernels of the set want them, but for the value itself
    and the cotangent, which are arrays.
    """

    def __init__(
        self, loss: Layer, penalty: Layer | None, weights: Sequence[str], kernels: str
    ) -> None:
        self._weights = weights
        self._set = kernel_set(kernels)
        self._loss, self._penalty = loss, penalty
        self._loss_kernel = kernel(kernels, loss.kind)
        self._penalty_kernel = kernel(kernels, penalty.kind) if penalty else None

    def forward(
        self, y: Any, target: Any, parameters: Mapping[str, Any], dtype: Any
    ) -> tuple[np.ndarray[Any, Any], Cache]:
        """The loss, one number or one for each row. Raises ValueError for what is no target."""
        if not isinstance(target, np.ndarray) and self._loss.kind != "outputs":
            raise ValueError(
                f"the loss {self._loss.kind} needs an array as its target, not {described(target)}"
            )
        try:
            constants = {name: parameters[f"loss.{name}"] for name in self._loss.constants}
            loss, loss_cache = self._loss_kernel.forward(
                y, self._set.load(target), **constants, **self._loss.settings
            )
        except (ValueError, IndexError, TypeError) as error:
            kind = self._loss.kind
            raise ValueError(f"the loss {kind} cannot take its target: {error}") from error
        total, penalty_cache = np.asanyarray(self._set.unload(rounded(loss, y), dtype)), None
        if self._penalty and self._penalty_kernel:
            weights = [parameters[name] for name in self._weights]
            penalty, penalty_cache = self._penalty_kernel.forward(
                *weights, **self._penalty.settings
            )
            penalty = rounded(penalty, weights[0]) if weights else penalty
            total = np.asanyarray(total + self._set.unload(penalty, dtype))
        return total, (loss_cache, penalty_cache)

    def backward(
        self, cotangent: Any, cache: Cache, **by_sample: bool
    ) -> tuple[Any, dict[str, Any]]:
        """The cotangents of the outputs and, where there is a penalty, of the weights by name."""
        loss_cache, penalty_cache = cache
        dloss = self._set.load(cotangent)
        (dy,) = self._loss_kernel.backward(dloss, loss_cache, **by_sample)
        dy = rounded(dy, dloss)
        if not self._penalty_kernel:
            return dy, {}
        if by_sample and cotangent.ndim:
            cotangent = cotangent[0]  # every sample's loss has the whole penalty
        dpenalty = self._set.load(np.sum(cotangent))
        dweights = [
            rounded(dweight, dpenalty)
            for dweight in self._penalty_kernel.backward(dpenalty, penalty_cache)
        ]
        if by_sample:
            dweights = [np.broadcast_to(dweight, (len(dy), *dweight.shape)) for dweight in dweights]
        return dy, dict(zip(self._weights, dweights, strict=True))
