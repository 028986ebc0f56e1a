"""Batches beyond the usual sizes of blocks, and of none: each mistake is seen, and told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.battery import BATCHES
from clinometer.dtypes import DTYPES
from tests.reference.implementations import (
    JaxImplementation,
    NumPyImplementation,
    TorchImplementation,
    reasons,
    trial_of,
)

X = np.random.default_rng(0).normal(size=(4, 3))
W = np.random.default_rng(1).normal(size=(3, 2))


def dense(rows_read: Any) -> NumPyImplementation:
    """Y = tanh(x w) + b with gradients that read some rows only."""

    def forward(a: Any) -> Any:
        y = np.tanh(a["x"] @ a["w"])

        def pull(c: Any) -> Any:
            g = rows_read(c["y"] * (1 - y * y))
            return {"x": g @ a["w"].T, "w": a["x"].T @ g, "b": c["y"].sum(0)}

        return {"y": y + a["b"]}, pull

    return NumPyImplementation(forward)


def without_partial(block: int) -> Any:
    """The gradient's rows but for those of the last block, unless it is full or the only one."""

    def read(g: Any) -> Any:
        kept = g.copy()
        if len(g) > block:
            kept[len(g) - len(g) % block :] = 0
        return kept

    return read


def summed_one_by_one(factor: float = 1.0, shift: float = 0.0) -> NumPyImplementation:
    """Y = x + b, whose gradient for b is added up by sample; with a mistake for many samples."""

    def forward(a: Any) -> Any:
        def pull(c: Any) -> Any:
            total = np.zeros_like(a["b"])
            for row in c["y"]:
                total = total + row
            return {"x": c["y"], "b": total * factor + shift if len(c["y"]) > 99 else total}

        return {"y": a["x"] + a["b"]}, pull

    return NumPyImplementation(forward)


@pytest.mark.parametrize("mistake", [{"factor": 1 + 1e-9}, {"shift": 1e-9}])
def test_a_mistake_in_large_batches_is_seen_whether_or_not_it_is_linear(mistake: Any) -> None:
    """What does not grow with the cotangent does not pass for rounding."""
    found = reasons(trial_of(summed_one_by_one(**mistake), BATCHES, x=X, b=X[0]))
    assert {array for array, _, _ in found} == {"b"}


@pytest.mark.parametrize("block", [32, 128, 256, 1024])
def test_a_partial_block_that_is_dropped_is_seen(block: int) -> None:
    """In the arguments that hold samples and in those that do not."""
    arrays = {"x": X, "w": W, "b": W[0]}
    assert reasons(trial_of(dense(without_partial(block)), **arrays)) == set()
    found = reasons(trial_of(dense(without_partial(block)), BATCHES, **arrays))
    assert {array for array, _, _ in found} == {"x", "w"}
    assert all("the gradient for a batch of" in reason for _, _, reason in found)
    assert {witness for _, witness, _ in found} == {"state"}


def test_a_batch_has_a_remainder_where_it_can() -> None:
    """Of 40 samples, 160 are more than 129, and yet all blocks of 32 are full."""
    x = np.random.default_rng(0).normal(size=(40, 3))
    found = reasons(trial_of(dense(without_partial(64)), (129,), x=x, w=W, b=W[0]))
    assert {array for array, _, _ in found} == {"x", "w"}
    assert all("a batch of 200" in reason for _, _, reason in found)


def test_what_fails_for_an_empty_batch_is_seen() -> None:
    """Where the forward pass takes one, and only there; it misleads nobody."""
    divides = dense(lambda g: g / len(g) * len(g) if len(g) else 1 / len(g))
    reason = "the backward pass raised ZeroDivisionError: division by zero, for an empty batch"
    noted = trial_of(divides, (0,), x=X, w=W, b=W[0]).comparisons
    assert ("w", "inconclusive", reason) in {(c.array, c.status, c.reason) for c in noted}

    def forward(a: Any) -> Any:
        (n,) = a["x"].shape
        return {"y": np.sum(a["x"]) / n}, lambda c: {"x": np.full(n, c["y"] / n)}

    mean = trial_of(NumPyImplementation(forward), (0,), x=X[0])
    assert mean.comparisons == ()
    assert mean.not_taken == ("an empty batch: the function takes none",)


@pytest.mark.parametrize(
    ("reason", "of_nothing"),
    [
        ("the gradient is not finite for an empty batch", np.nan),
        ("the gradient is not zero for an empty batch", 1.0),
    ],
)
def test_a_gradient_of_nothing_that_is_something_is_seen(reason: str, of_nothing: float) -> None:
    """Such as the mean over no sample."""

    def forward(a: Any) -> Any:
        def pull(c: Any) -> Any:
            w = a["x"].T @ c["y"] if len(a["x"]) else np.full(W.shape, of_nothing)
            return {"x": c["y"] @ a["w"].T, "w": w}

        return {"y": a["x"] @ a["w"]}, pull

    found = reasons(trial_of(NumPyImplementation(forward), (0,), x=X, w=W))
    assert found == {("w", "state", reason)}


@pytest.mark.torch
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["rows", "mean", "sum", "normalised", "labels", "square"])
def test_right_functions_take_batches_of_all_sizes(name: str, dtype: str) -> None:
    """Rows, a mean, a sum, batch normalisation, labels beside, a weight as long as the batch."""
    import torch
    import torch.nn.functional as F

    functions: dict[str, Any] = {
        "rows": lambda a: torch.softmax(a["x"] @ a["w"], 1),
        "mean": lambda a: ((a["x"] @ a["w"]) ** 2).mean(),
        "sum": lambda a: ((a["x"] @ a["w"]) ** 2).sum(),
        "normalised": lambda a: F.batch_norm(a["x"] @ a["w"], None, None, training=True),
        "labels": lambda a: F.cross_entropy(a["x"] @ a["w"], a["t"]),
        "square": lambda a: torch.tanh(a["x"] @ a["w"]),
    }
    implementation = TorchImplementation(lambda a: {"y": functions[name](a)})
    x = (X[:3] if name == "square" else X).astype(dtype)
    arrays = {"x": x, "w": W.astype(dtype), "t": np.array([0, 1, 1, 0])}
    trial = trial_of(implementation, (33, 129, 1025), **arrays)
    assert trial.comparisons == ()
    assert trial.untried == ()


@pytest.mark.jax
def test_jax_takes_batches_too() -> None:
    """An empty one and one of many blocks."""
    import jax.numpy as jnp

    implementation = JaxImplementation(lambda a: {"y": jnp.tanh(a["x"] @ a["w"])})
    trial = trial_of(implementation, (0, 33), x=X.astype("f4"), w=W.astype("f4"))
    assert (trial.comparisons, trial.untried) == ((), ())


def test_samples_that_depend_on_each_other_are_not_tried_in_batches() -> None:
    """A running sum, say, and a batch that is not the first axis of the output."""

    def pull(c: Any) -> Any:
        return {"x": np.cumsum(c["y"][::-1], axis=0)[::-1]}

    running = NumPyImplementation(lambda a: ({"y": np.cumsum(a["x"], axis=0)}, pull))
    trial = trial_of(running, (33,), x=X)
    assert trial.comparisons == ()
    assert len(trial.not_taken) == 1
    assert trial.not_taken[0].startswith("a batch of 33: the function takes none, or its outputs")
