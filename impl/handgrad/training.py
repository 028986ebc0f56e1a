"""Gradient descent: batch, stochastic and mini-batch, with train and test loss by epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from handgrad.arrays import Array
from handgrad.network import Gradients, Network, Parameters

#: Inputs, one row a sample, and their targets.
Data: TypeAlias = tuple[Array, Array]


@dataclass(frozen=True)
class Epoch:
    """The state after one pass through the training data; epoch 0 is the state before it."""

    number: int
    parameters: dict[str, Array]
    train_loss: float
    test_loss: float


def update(parameters: Parameters, gradients: Gradients, learning_rate: float) -> dict[str, Array]:
    """The update rule: w_new = w_old - η ∂L/∂w_old.

    Raises ValueError for a gradient of another shape, which would silently reshape the parameter.
    """
    for name, w in parameters.items():
        if gradients[name].shape != w.shape:
            raise ValueError(
                f"the gradient of {name} has shape {gradients[name].shape}, not {w.shape}"
            )
    return {
        name: w - w.dtype.type(learning_rate) * gradients[name] for name, w in parameters.items()
    }


def batches(samples: int, size: int | None, random: np.random.Generator) -> Iterator[Array]:
    """The rows of each step of one epoch.

    All at once where `size` is None (batch gradient descent); else shuffled and cut into
    batches of `size` (1 is stochastic gradient descent), the last one of what is left over.
    """
    if size is None:
        yield np.arange(samples)
    else:
        order = random.permutation(samples)
        yield from (order[start : start + size] for start in range(0, samples, size))


def train(
    network: Network,
    parameters: Parameters,
    train_data: Data,
    test_data: Data,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int | None = None,
    seed: int = 0,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
    on_epoch: Callable[[Epoch], object] = lambda epoch: None,
) -> list[Epoch]:
    """Descend along the gradient of the train loss; one record an epoch, epoch 0 first.

    `progress` wraps the range of epochs, as `tqdm.tqdm` or `rich.progress.track` do, and
    `on_epoch` sees every record as it is made. Raises ValueError for data or settings that
    cannot be trained with.
    """
    _check(network, train_data, test_data, epochs, learning_rate, batch_size)
    random = np.random.default_rng(seed)
    history = [_record(0, network, parameters, train_data, test_data)]
    on_epoch(history[0])
    x, target = train_data
    for number in progress(range(1, epochs + 1)):
        for rows in batches(len(x), batch_size, random):
            _, gradients = network.value_and_grad(parameters, x[rows], target[rows])
            parameters = update(parameters, gradients, learning_rate)
        history.append(_record(number, network, parameters, train_data, test_data))
        on_epoch(history[-1])
    return history


def _record(
    number: int, network: Network, parameters: Parameters, train_data: Data, test_data: Data
) -> Epoch:
    train_loss, test_loss = (
        float(np.mean(network.loss(parameters, *data))) for data in (train_data, test_data)
    )
    return Epoch(number, dict(parameters), train_loss, test_loss)


def _check(
    network: Network,
    train_data: Data,
    test_data: Data,
    epochs: int,
    learning_rate: float,
    batch_size: int | None,
) -> None:
    for name, (x, target) in {"train": train_data, "test": test_data}.items():
        if len(x) != len(target):
            raise ValueError(f"the {name} data have {len(x)} samples but {len(target)} targets")
        if not (np.isfinite(x).all() and np.isfinite(target).all()):
            raise ValueError(
                f"the {name} data hold a NaN or an infinity; every number must be finite"
            )
    if epochs < 0:
        raise ValueError(f"the number of epochs must be 0 or more, not {epochs}")
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"the learning rate must be a positive number, not {learning_rate}")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"the batch size must be 1 or more, or None for all, not {batch_size}")
