"""Where a gradient is wrong and why, as `check` tells it, in all three libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(32, 5)), RNG.normal(size=(5, 3))


def layer(x: Any, w: Any) -> Any:
    return np.tanh(x @ w)


def vjp(change: Any) -> Any:
    """The layer's, with the weight's gradient changed, given the cotangent before the tanh."""

    def changed(c: Any, x: Any, w: Any) -> Any:
        d = c * (1 - np.tanh(x @ w) ** 2)
        return d @ w.T, change(x, d)

    return changed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda x, d: 32 * (x.T @ d),
            (
                "w, every element: it is 32 × the reference: 32 is the batch size; as of a mean "
                "that became a sum"
            ),
        ),
        (
            lambda x, d: x.T @ d / 32,
            (
                "w, every element: it is 1/32 × the reference: 32 is the batch size; as of a sum "
                "that became a mean"
            ),
        ),
        (lambda x, d: -(x.T @ d), "w, every element: it is -1 × the reference: a sign is flipped"),
        (lambda x, d: 0 * (x.T @ d), "w, every element: it is zero or missing"),
        (
            lambda x, d: (x.T @ d)[:, ::-1].copy(),
            "w, all but column 1: it is reversed along axis 1",
        ),
        (lambda x, d: (x.T @ d) * np.eye(5)[:, :3], "w, all off the diagonal: it is zero in"),
    ],
)
def test_the_mistake_stands_under_the_table(change: Any, told: str) -> None:
    """With what a factor equals, and which elements are wrong."""
    verdict = check(layer, (X, W), vjp=vjp(change))
    (finding,) = verdict.findings
    assert (finding.array, verdict.arrays["x"]) == ("w", "agree")
    assert told in str(verdict)
    assert verdict.evaluations <= 120
    assert 0 < verdict.explaining <= 2_000


def test_what_is_right_is_not_looked_into() -> None:
    """No evaluation is spent on it."""
    verdict = check(layer, (X, W), vjp=vjp(lambda x, d: x.T @ d))
    assert (verdict.status, verdict.findings, verdict.explaining) == ("agree", (), 0)


def test_lost_samples_and_earlier_calls_are_named() -> None:
    """By the terms of single samples, and by calling once more."""
    few = X[:6]
    first = check(layer, (few, W), vjp=vjp(lambda x, d: x[:1].T @ d[:1]))
    assert "one sample's term, number 0 of 6" in str(first)
    total = np.zeros_like(W)

    def accumulates(x: Any, d: Any) -> Any:
        nonlocal total
        total = total + x.T @ d
        return total

    told = str(check(layer, (few.astype("float32"), W.astype("float32")), vjp=vjp(accumulates)))
    assert "each call adds to what the one before returned: it is never reset" in told


def test_a_shape_too_large_is_explained() -> None:
    """By the axis that is not summed over."""

    def total(x: Any, b: Any) -> Any:
        return 3 * x + b

    verdict = check(total, (X, X[0]), vjp=lambda c, x, b: (3 * c, 1 * c))
    assert verdict.arrays == {"x": "agree", "b": "disagree"}
    assert "b, every element: it is not summed over axis 0" in str(verdict)


def test_lost_digits_are_those_of_the_dtype() -> None:
    """The formula being right."""

    def rough(x: Any) -> Any:
        if x.dtype == np.float32:
            return (2 * x).astype("float16").astype("float32")
        return 2 * x

    verdict = check(lambda x: np.sum(x * x), (X[:, 0].astype("float32"),), rough)
    assert verdict.status == "disagree"
    assert "float16" in str(verdict)


@pytest.mark.parametrize(
    ("shape", "factor", "what"),
    [
        ((5, 3), 32, "32 is the batch size"),
        ((5, 3), 5, "5 is the size of axis 0 of w"),
        ((3, 5), 32, "32 is the size of axis 0 of x"),
    ],
)
def test_a_loss_has_a_batch_size_where_one_length_alone_may_be_it(
    shape: tuple[int, int], factor: int, what: str
) -> None:
    """Of two arguments whose first axes are unlike all others, either may hold the samples."""
    w = np.resize(W, shape)

    def outputs(x: Any, w: Any) -> Any:
        return np.tanh(x @ w if len(w) == 5 else x @ w.T)

    def grad(x: Any, w: Any) -> Any:
        y = outputs(x, w)
        d = 2 * y * (1 - y * y) / y.size
        dw = x.T @ d
        return (d @ w.T, factor * dw) if len(w) == 5 else (d @ w, factor * dw.T)

    verdict = check(lambda x, w: np.mean(outputs(x, w) ** 2), (X, w), grad=grad)
    assert f"w, every element: it is {factor} × the reference: {what}" in str(verdict)


@pytest.mark.torch
def test_pytorch_code_is_explained_by_differences_of_each_element() -> None:
    """Doubled on a second call, and a factor."""
    torch = pytest.importorskip("torch")

    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any) -> Any:
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, w = ctx.saved_tensors
            return g @ w.T, x.T @ g / len(g)

    verdict = check(Linear.apply, (torch.tensor(X[:16]), torch.tensor(W)))
    assert verdict.arrays == {"x": "agree", "w": "disagree"}
    assert "w, every element: it is 1/16 × the reference: 16 is the batch size" in str(verdict)


@pytest.mark.jax
def test_jax_code_is_explained_too() -> None:
    """With the sign of a custom derivative flipped."""
    jax = pytest.importorskip("jax")
    sine = jax.custom_vjp(jax.numpy.sin)
    sine.defvjp(lambda x: (sine(x), x), lambda x, g: (-g * jax.numpy.cos(x),))
    verdict = check(sine, (jax.numpy.asarray(X[:4]),))
    assert "x, every element: it is -1 × the reference: a sign is flipped" in str(verdict)


@pytest.mark.parametrize("size", [5, 300])
def test_a_straight_through_estimator_is_asked_for(size: int) -> None:
    """And not what adds to itself, though the right gradient of both is zero."""
    x = np.random.default_rng(0).normal(size=size)
    verdict = check(np.round, (x,), vjp=lambda c, x: 1 * c)
    assert [str(m) for f in verdict.findings for m in f.mistakes] == [
        "the reference is zero everywhere, and it is not: a straight-through estimator?"
    ]
