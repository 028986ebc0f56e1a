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
    """The update rule: w_new = w_old - η ∂L/∂w_old. What has no gradient, a constant, stays.

    Raises ValueError for a gradient of another shape, which would silently reshape the parameter.
    """
    new = dict(parameters)
    for name, w in parameters.items():
        if name in gradients:
            if gradients[name].shape != w.shape:
                raise ValueError(
                    f"the gradient of {name} has shape {gradients[name].shape}, not {w.shape}"
                )
            new[name] = w - w.dtype.type(learning_rate) * gradients[name]
    return new


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

    The constants of the network go in with the parameters and stay as they are. One that holds a
    row for each sample has those of the train data and after them those of the test data, and each
    batch takes its own.

    `progress` wraps the range of epochs, as `tqdm.tqdm` or `rich.progress.track` do, and
    `on_epoch` sees every record as it is made. Raises ValueError for data, settings or names
    that cannot be trained with.
    """
    _check(train_data, test_data, epochs, learning_rate, batch_size)
    _check_names(network, parameters, len(train_data[0]), len(test_data[0]))
    random = np.random.default_rng(seed)
    history = [_record(0, network, parameters, train_data, test_data)]
    on_epoch(history[0])
    x, target = train_data
    for number in progress(range(1, epochs + 1)):
        for rows in batches(len(x), batch_size, random):
            given = _of(rows, network, parameters)
            _, gradients = network.value_and_grad(given, x[rows], target[rows])
            parameters = update(parameters, gradients, learning_rate)
        history.append(_record(number, network, parameters, train_data, test_data))
        on_epoch(history[-1])
    return history


def _record(
    number: int, network: Network, parameters: Parameters, train_data: Data, test_data: Data
) -> Epoch:
    parts = slice(len(train_data[0])), slice(len(train_data[0]), None)
    train_loss, test_loss = (
        float(np.mean(network.loss(_of(rows, network, parameters), *data)))
        for rows, data in zip(parts, (train_data, test_data), strict=True)
    )
    return Epoch(number, dict(parameters), train_loss, test_loss)


def _of(rows: Array | slice, network: Network, parameters: Parameters) -> dict[str, Array]:
    """The parameters and constants, of which those by sample are cut to these rows."""
    return {
        name: array[rows] if network.constants.get(name) else array
        for name, array in parameters.items()
    }


def _check_names(network: Network, parameters: Parameters, train: int, test: int) -> None:
    """Refuse what the network has no use for, and constants without a row for every sample."""
    known = [*network.shapes, *network.constants]
    for name, array in parameters.items():
        if name not in known:
            raise ValueError(
                f"{name} is no parameter and no constant of the network; there are: "
                f"{', '.join(known)}"
            )
        if network.constants.get(name) and np.shape(array)[:1] != (train + test,):
            raise ValueError(
                f"the constant {name} of shape {np.shape(array)} must hold a row for each of the "
                f"{train} train samples and after them one for each of the {test} test samples"
            )


def _check(
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
