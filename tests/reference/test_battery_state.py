"""State, purity and batches: each promise is broken once and seen, and what is right keeps all."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from clinometer.battery import BATCHES
from clinometer.battery.randomness import random_states
from clinometer.dtypes import DTYPES
from tests.reference.implementations import (
    JaxImplementation,
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


@pytest.mark.parametrize(
    ("array", "reason", "forward", "backward"),
    [
        (
            "x",
            "the forward pass changes this argument",
            lambda x: np.sin(np.subtract(x, x.mean(), out=x)),
            lambda g, x: g * np.cos(x) - (g * np.cos(x)).mean(),
        ),
        (
            "x",
            "the backward pass changes this argument",
            np.sin,
            lambda g, x: np.multiply(g, np.cos(x), out=x),
        ),
        (
            "value",
            "the backward pass changes the cotangent of y",
            np.sin,
            lambda g, x: (g * np.cos(x), g.fill(0))[0],
        ),
        (
            "value",
            "the backward pass changes the cotangent of y",
            np.sin,
            lambda g, x: np.multiply(g, np.cos(x), out=g),
        ),
        (
            "x",
            "its gradient has shape (3,), not (4, 3)",
            np.sin,
            lambda g, x: (g * np.cos(x)).sum(0),
        ),
        (
            "x",
            "its gradient has dtype float32, not float64",
            np.sin,
            lambda g, x: (g * np.cos(x)).astype(np.float32),
        ),
    ],
)
def test_what_is_not_to_be_changed_and_what_is_to_be_returned(
    array: str, reason: str, forward: Any, backward: Any
) -> None:
    """Arguments and cotangents stay to the last bit; shapes and dtypes are the arguments'."""
    found = reasons(trial_of(elementwise(forward, backward), x=X))
    assert (array, "contract", reason) in found


@pytest.mark.torch
def test_a_cotangent_changed_in_pytorch_is_seen() -> None:
    """Though this backward pass returns what is right."""
    import torch

    class Sine(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g.mul_(ctx.saved_tensors[0].cos())

    found = reasons(trial_of(TorchImplementation(lambda a: {"y": Sine.apply(a["x"])}), x=X))
    reason = "the backward pass changes the cotangent of y"
    assert ("value", "contract", reason) in found


def test_a_gradient_that_is_missing_is_seen_and_none_is_zero() -> None:
    """`None` says that the function does not depend on it."""
    both = {"x": X, "w": W}
    for given, found in (
        ({}, {("w", "contract", "there is no gradient for it")}),
        ({"w": None}, set()),
    ):
        implementation = NumPyImplementation(
            lambda a, given=given: ({"y": 2 * a["x"]}, lambda c: {"x": 2 * c["y"], **given})
        )
        assert reasons(trial_of(implementation, **both)) == found


def test_code_that_raises_is_a_breach_in_every_gradient() -> None:
    """Forward or backward."""

    def raising(*_: Any) -> Any:
        raise ZeroDivisionError("oh")

    for which, code in (("forward", (raising, np.cos)), ("backward", (np.sin, raising))):
        found = reasons(trial_of(elementwise(*code), x=X))
        assert found == {("x", "contract", f"the {which} pass raised ZeroDivisionError: oh")}


@pytest.mark.parametrize(
    ("array", "whose", "pull"),
    [
        ("x", "the argument w", lambda a, c: {"x": a["w"], "w": a["x"] * c["y"]}),
        ("w", "the gradient of x", lambda a, c: dict.fromkeys("xw", c["y"] * np.ones(3))),
        ("x", "the cotangent of y", lambda a, c: {"x": np.broadcast_to(c["y"], 3), "w": a["x"]}),
    ],
)
def test_shared_memory_is_a_matter_of_contract(array: str, whose: str, pull: Any) -> None:
    """Nothing is wrong until somebody writes to it; so it is told, and accuses nobody."""
    implementation = NumPyImplementation(
        lambda a: ({"y": np.sum(a["x"] + a["w"])}, lambda c: pull(a, c))
    )
    trial = trial_of(implementation, x=X[:, 0][:3], w=X[:, 1][:3])
    reason = f"its gradient shares memory with {whose}: who writes to one changes both"
    assert (array, "contract", reason) in reasons(trial, status="inconclusive")


def test_views_of_one_array_that_share_no_number_share_no_memory() -> None:
    """As the halves of a gradient that was computed at once."""

    def forward(a: Any) -> Any:
        def pull(c: Any) -> Any:
            both = np.stack([np.cos(a["x"]), -np.sin(a["w"])], axis=-1) * c["y"][..., None]
            return {"x": both[..., 0], "w": both[..., 1]}

        return {"y": np.sin(a["x"]) + np.cos(a["w"])}, pull

    assert trial_of(NumPyImplementation(forward), x=X, w=X + 1).comparisons == ()


@pytest.mark.torch
def test_pytorch_may_share_what_it_copies_itself() -> None:
    """A sum returns its cotangent to both; an argument that is returned is another matter."""
    import torch

    assert not trial_of(TorchImplementation(lambda a: {"y": a["x"] + a["w"]}), x=X, w=X).comparisons

    class Dot(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any) -> Any:
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, w = ctx.saved_tensors
            return w.view(-1), g * x

    implementation = TorchImplementation(lambda a: {"y": Dot.apply(a["x"], a["w"])})
    trial = trial_of(implementation, x=X[0], w=X[1])
    reason = "its gradient shares memory with the argument w: who writes to one changes both"
    assert ("x", "contract", reason) in reasons(trial, status="inconclusive")


def draws_python(x: Any) -> Any:
    """A sine, with one of Python's random numbers spent."""
    return random.random() * 0 + np.sin(x)


def draws_numpy(x: Any) -> Any:
    """The same of NumPy's."""
    return np.random.rand() * 0 + np.sin(x)  # noqa: NPY002 # that is what is on trial


@pytest.mark.parametrize(("whose", "sine"), [("Python", draws_python), ("NumPy", draws_numpy)])
def test_random_numbers_drawn_are_told_and_given_back(whose: str, sine: Any) -> None:
    """Whoever draws from what belongs to everybody changes what others draw."""
    before = random_states()
    trial = trial_of(elementwise(sine, lambda g, x: g * np.cos(x)), x=X)
    reason = f"the forward pass draws from {whose}'s random numbers, which others use"
    assert reasons(trial, status="inconclusive") == {("value", "contract", reason)}
    assert reasons(trial) == set()
    assert random_states() == before


@pytest.mark.torch
def test_dropout_is_random_and_its_mask_once_drawn_is_right() -> None:
    """The value cannot be judged, the backward pass can."""
    import torch

    implementation = TorchImplementation(lambda a: {"y": torch.dropout(a["x"], 0.5, train=True)})
    trial = trial_of(implementation, x=X)
    assert reasons(trial, status="inconclusive") == {
        (
            "value",
            "contract",
            "the forward pass draws from PyTorch's random numbers, which others use",
        ),
        ("value", "state", "a second forward pass with the same arguments gives another value"),
    }
    assert reasons(trial) == set()


@pytest.mark.torch
@pytest.mark.parametrize(
    ("status", "words", "wrong"),
    [
        (
            "disagree",
            "shape (2, 6), not (6,), and PyTorch sums it down",
            lambda g: g.expand(2, 6) / 2,
        ),
        (
            "inconclusive",
            "torch.float64, not torch.float32, and PyTorch casts it",
            lambda g: g.double(),
        ),
        ("disagree", None, lambda g: g),
    ],
)
def test_what_a_function_returns_is_seen_before_pytorch_mends_it(
    status: str, words: str | None, wrong: Any
) -> None:
    """The shape and the dtype, for inputs between which others take no gradient."""
    import torch

    class Times(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, flag: bool, fixed: Any, w: Any) -> Any:
            ctx.save_for_backward(x, fixed, w)
            return x * fixed * w

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, fixed, w = ctx.saved_tensors
            return g * fixed * w, None, None, wrong(g * fixed * x)

    original = vars(Times)["backward"]
    fixed = torch.ones(6)
    implementation = TorchImplementation(lambda a: {"y": Times.apply(a["x"], True, fixed, a["w"])})
    x = np.arange(1, 7, dtype=np.float32)
    trial = trial_of(implementation, x=x, w=x / 7)
    expected = {("w", "contract", f"TimesBackward returns for its input 2 {words}")}
    assert reasons(trial, status=status) == (expected if words else set())
    assert vars(Times)["backward"] is original


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
    """Where the forward pass takes one, and only there."""
    divides = dense(lambda g: g / len(g) * len(g) if len(g) else 1 / len(g))
    reason = "the backward pass raised ZeroDivisionError: division by zero, for an empty batch"
    assert ("w", "state", reason) in reasons(trial_of(divides, (0,), x=X, w=W, b=W[0]))

    def forward(a: Any) -> Any:
        (n,) = a["x"].shape
        return {"y": np.sum(a["x"]) / n}, lambda c: {"x": np.full(n, c["y"] / n)}

    mean = trial_of(NumPyImplementation(forward), (0,), x=X[0])
    assert mean.comparisons == ()
    assert mean.untried == ("an empty batch: the function takes none",)


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
    assert len(trial.untried) == 1
    assert trial.untried[0].startswith("a batch of 33: the function takes none, or its outputs")


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
