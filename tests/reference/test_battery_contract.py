"""What a pass may not change, draw or share, and what it has to return; each broken once."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from clinometer.battery.randomness import random_states
from tests.reference.implementations import (
    NumPyImplementation,
    TorchImplementation,
    elementwise,
    reasons,
    trial_of,
)

X = np.random.default_rng(0).normal(size=(4, 3))
W = np.random.default_rng(1).normal(size=(3, 2))


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
