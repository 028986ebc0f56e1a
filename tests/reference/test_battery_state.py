"""State between calls: each kind is seen and named, and what is right has none."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from clinometer.battery import BATCHES
from tests.reference.implementations import (
    NumPyImplementation,
    TorchImplementation,
    elementwise,
    reasons,
    trial_of,
)

X = np.random.default_rng(0).normal(size=(4, 3))
W = np.random.default_rng(1).normal(size=(3, 2))
TWICE = "a second backward pass after the same forward pass gives another gradient"
BETWEEN = "another forward pass before the backward pass changes the gradient"
KEPT = "the gradient that was returned changes with the next call"


class Linear:
    """y = x w with a gradient for both, on which each mistake below is built."""

    def forward(self, leaves: Any) -> Any:
        x, w = leaves["x"], leaves["w"]
        return {"y": x @ w}, lambda c: {"x": c["y"] @ w.T, "w": x.T @ c["y"]}


class Accumulates(Linear):
    """The weights' gradient is never reset."""

    total: Any = 0

    def forward(self, leaves: Any) -> Any:
        outputs, pull = super().forward(leaves)

        def adding(c: Any) -> Any:
            gradients = pull(c)
            self.total = self.total + gradients["w"]
            return gradients | {"w": self.total}

        return outputs, adding


class Redraws(Linear):
    """Dropout whose backward pass draws a mask of its own, from a generator of its own."""

    generator = np.random.default_rng(0)

    def forward(self, leaves: Any) -> Any:
        outputs, pull = super().forward(leaves)
        return outputs, lambda c: pull({"y": c["y"] * self.generator.integers(2, size=(4, 2))})


class LastInput(Linear):
    """One cache for all forward passes."""

    x: Any = None

    def forward(self, leaves: Any) -> Any:
        outputs, pull = super().forward(leaves)
        self.x = leaves["x"]
        return outputs, lambda c: pull(c) | {"w": self.x.T @ c["y"]}


class Scratch(Linear):
    """One buffer for the gradients of all calls."""

    buffer = np.empty((3, 2))

    def forward(self, leaves: Any) -> Any:
        outputs, pull = super().forward(leaves)
        into = self.buffer
        return outputs, lambda c: pull(c) | {"w": np.matmul(leaves["x"].T, c["y"], out=into)}


class AddsToReturned(Linear):
    """`+=` into the array that an earlier call has returned; what it returns is right."""

    returned: Any = None

    def forward(self, leaves: Any) -> Any:
        outputs, pull = super().forward(leaves)

        def adding(c: Any) -> Any:
            gradients = pull(c)
            if self.returned is not None:
                self.returned += gradients["w"]
            self.returned = gradients["w"]
            return gradients

        return outputs, adding


class Once(Linear):
    """Throws its cache away after use."""

    def forward(self, leaves: Any) -> Any:
        outputs, pull = super().forward(leaves)
        cache = [leaves["x"]]
        return outputs, lambda c: pull(c) | {"w": cache.pop().T @ c["y"]}


@pytest.mark.parametrize(
    ("kind", "array", "reason"),
    [
        (Accumulates, "w", TWICE),
        (Redraws, "x", TWICE),
        (LastInput, "w", BETWEEN),
        (Scratch, "w", KEPT),
        (AddsToReturned, "w", KEPT),
        (Once, "x", "the backward pass raised IndexError: pop from empty list, the second time"),
    ],
)
def test_state_between_calls_is_seen(kind: type[Linear], array: str, reason: str) -> None:
    """And named by what brings it to light; no law of the cotangent is blamed for it."""
    found = reasons(trial_of(NumPyImplementation(kind().forward), x=X, w=W))
    assert (array, "state", reason) in found
    assert {witness for _, witness, _ in found} == {"state"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_that_change_their_order_are_no_state(dtype: str) -> None:
    """As those of threads that add to one place: the last digits differ from call to call."""
    generator, x = np.random.default_rng(0), np.random.default_rng(1).normal(size=(50, 3))

    def summed(products: Any) -> Any:
        return np.add.accumulate(products[generator.permutation(len(products))])[-1]

    def forward(a: Any) -> Any:
        return {"y": a["x"] * a["w"]}, lambda c: {
            "x": c["y"] * a["w"],
            "w": summed(c["y"] * a["x"]),
        }

    arrays = {"x": x.astype(dtype), "w": W[:, 0].astype(dtype)}
    assert trial_of(NumPyImplementation(forward), (33, 129), **arrays).comparisons == ()


def test_an_output_that_is_written_again_is_seen() -> None:
    """Who keeps the first value finds the second one there."""
    buffer = np.empty(X.shape)
    wrong = elementwise(lambda x: np.sin(x, out=buffer), lambda g, x: g * np.cos(x))
    reason = "the value y that was returned changes with the next call"
    assert reasons(trial_of(wrong, x=X)) == {("value", "state", reason)}


@pytest.mark.torch
def test_a_cache_of_a_class_of_functions_is_seen() -> None:
    """Two living forward passes of a `torch.autograd.Function` share it."""
    import torch

    class Cached(torch.autograd.Function):
        x: Any = None

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            Cached.x = x
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * Cached.x.cos()

    found = reasons(trial_of(TorchImplementation(lambda a: {"y": Cached.apply(a["x"])}), x=X))
    assert found == {("x", "state", BETWEEN)}


def test_what_cannot_be_tried_is_told() -> None:
    """No numbers to move, none to pull back, none that are finite, none nearby."""
    sine = elementwise(np.sin, lambda g, x: g * np.cos(x))
    signs = elementwise(lambda x: x > 0, lambda g, x: g)
    logarithm = elementwise(np.log, lambda g, x: g / x)
    for implementation, x, sentence in (
        (sine, np.arange(3), "the backward pass: no argument holds real or complex numbers"),
        (signs, X, "the backward pass: no output holds real or complex numbers"),
        (logarithm, -np.abs(X), "the backward pass: the output y is not finite here"),
    ):
        trial = trial_of(implementation, x=x)
        assert (trial.comparisons, trial.untried) == ((), (sentence,))

    def only_here(x: Any) -> Any:
        if not np.array_equal(x, X):
            raise ValueError("elsewhere")
        return np.sin(x)

    trial = trial_of(elementwise(only_here, lambda g, x: g * np.cos(x)), x=X)
    sentence = "another input in between: the forward pass raised ValueError: elsewhere"
    assert (trial.comparisons, trial.untried) == ((), (sentence,))


def test_the_passes_are_counted_and_the_leaves_stay() -> None:
    """By one who counts them as well."""
    made = {"forward": 0, "backward": 0}

    def forward(a: Any) -> Any:
        made["forward"] += 1

        def pull(c: Any) -> Any:
            made["backward"] += 1
            return {"x": c["y"] @ a["w"].T, "w": a["x"].T @ c["y"]}

        return {"y": a["x"] @ a["w"]}, pull

    x, w = X.astype("f4"), W.astype("f4")
    trial = trial_of(NumPyImplementation(forward), BATCHES, x=x, w=w)
    assert (trial.forwards, trial.backwards) == (made["forward"], made["backward"])
    few = trial_of(NumPyImplementation(forward), x=x, w=w)
    assert few.forwards == 3
    assert few.backwards <= 14
    assert np.array_equal(x, X.astype("f4"))


def test_no_framework_is_loaded_for_numpy_code() -> None:
    """Neither by the battery nor by what it looks at."""
    code = (
        "import sys, numpy as np; from clinometer.battery import examine; "
        "from tests.reference.implementations import elementwise; "
        "examine(elementwise(np.sin, lambda g, x: g * np.cos(x)), {'x': np.ones(3)}); "
        "sys.exit('torch' in sys.modules or 'jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
