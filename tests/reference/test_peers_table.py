"""What mainstream checkers let through, and what they alarm at falsely, row by row.

Each wrong gradient below is one that a checker in daily use passes by default, and each right one
is one that it rejects: PyTorch's `gradcheck` (slow and fast), JAX's `check_grads`, chex and HIPS
autograd, as measured with PyTorch 2.13.0, JAX 0.10.2, chex 0.1.92 and autograd 1.9.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from clinometer import InvalidInput, check

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jnp = jax.numpy


def numbers(*shape: int, dtype: Any = "float64", seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def tensor(*shape: int, dtype: Any = torch.float64) -> Any:
    return torch.tensor(numbers(*shape), dtype=dtype)


def function(forward: Any, backward: Any, name: str = "Written") -> Any:
    """A `torch.autograd.Function` of one tensor, from its input to its output and gradient."""

    def run(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return forward(x)

    def back(ctx: Any, g: Any) -> Any:
        return backward(g, *ctx.saved_tensors)

    members = {"forward": staticmethod(run), "backward": staticmethod(back)}
    return type(name, (torch.autograd.Function,), members).apply


def custom_vjp(forward: Any, backward: Any) -> Any:
    """A JAX function of one array with its own backward pass."""
    made = jax.custom_vjp(forward)
    made.defvjp(lambda x: (forward(x), x), lambda x, g: (backward(g, x),))
    return made


@dataclass(frozen=True)
class Row:
    """One gradient, and the checkers that are wrong about it."""

    fooled: str
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    settings: Mapping[str, Any]


def row(fooled: str, fn: Any, *args: Any, **settings: Any) -> Row:
    return Row(fooled, fn, args, settings)


def squares(of_the_cotangent: Any) -> Any:
    """x², whose backward pass does that to its cotangent."""
    return function(lambda x: x * x, lambda g, x: of_the_cotangent(g) * 2 * x)


def detached(x: Any) -> Any:
    return x.sin(), x.detach().cos()


def jax_mlp(x: Any, w: Any) -> Any:
    return jnp.tanh(x @ w)


def zeroed_entry(dtype: Any) -> Any:
    """tanh(x w) in JAX, one entry of whose 64 × 64 weight gradient is zero."""
    made = jax.custom_vjp(jax_mlp)

    def backward(saved: Any, g: Any) -> Any:
        x, w = saved
        dz = g * (1 - jnp.tanh(x @ w) ** 2)
        return dz @ w.T, (x.T @ dz).at[5, 9].set(0)

    made.defvjp(lambda x, w: (jax_mlp(x, w), (x, w)), backward)
    args = jnp.asarray(numbers(8, 64, dtype=dtype)), jnp.asarray(numbers(64, 64, dtype=dtype) / 8)
    return made, *args


class Linear(torch.autograd.Function):
    """x wᵀ, one entry of whose weight gradient is zero."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x @ w.T

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, w = ctx.saved_tensors
        dw = g.T @ x
        dw[3, 4] = 0
        return g @ w, dw


def mlp(x: Any, first: Any, second: Any, third: Any) -> Any:
    """A perceptron 10-32-32-1."""
    return Linear.apply(torch.tanh(Linear.apply(torch.tanh(Linear.apply(x, first)), second)), third)


class StrideBlind(torch.autograd.Function):
    """A sum over rows, whose backward pass reads its cotangent's memory as if contiguous."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 2 * torch.as_strided(g, g.shape, torch.empty(g.shape).stride())


class ClassCache(torch.autograd.Function):
    """x², whose backward pass reads the input of the latest forward pass of all."""

    cache: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ClassCache.cache = x
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 2 * ClassCache.cache * g


def mutates_cotangent(g: Any, x: Any) -> Any:
    gradient = 2 * x * g
    g.mul_(0)
    return gradient


def mutates_input(x: Any) -> Any:
    out = x * x
    x.add_(1)
    return out


def zero_jvp(x: Any) -> Any:
    return jnp.sin(x)


ZERO_JVP = jax.custom_jvp(zero_jvp)
ZERO_JVP.defjvp(lambda primals, tangents: (zero_jvp(*primals), 0 * tangents[0]))

WRONG = {
    "|g|, vector out": row("gradcheck slow, fast", squares(torch.abs), tensor(5)),
    "|g|, scalar out": row(
        "gradcheck, jax", function(lambda x: (x * x).sum(), lambda g, x: g.abs() * 2 * x), tensor(5)
    ),
    "|g|, scalar out, in JAX": row(
        "jax f64, f32, autograd half of the time",
        custom_vjp(lambda x: jnp.sum(x * x), lambda g, x: jnp.abs(g) * 2 * x),
        jnp.asarray(numbers(5, dtype="float32")),
    ),
    "relu(g)": row("gradcheck slow, fast", squares(torch.relu), tensor(5)),
    "clamp(g)": row("gradcheck slow, fast", squares(lambda g: g.clamp(-1, 1)), tensor(5)),
    "g²": row("gradcheck slow", squares(torch.square), tensor(5)),
    "sign(g)": row("gradcheck slow", squares(torch.sign), tensor(5)),
    "1e-6 x² with backward 0": row(
        "all", function(lambda x: 1e-6 * x * x, lambda g, x: 0 * g), tensor(5)
    ),
    "1e-6 x² with the sign flipped": row(
        "all", function(lambda x: 1e-6 * x * x, lambda g, x: -2e-6 * x * g), tensor(5)
    ),
    "1e-6 x² with backward 0, in JAX": row(
        "jax f64, f32",
        custom_vjp(lambda x: 1e-6 * x * x, lambda g, x: 0 * g),
        jnp.asarray(numbers(5, dtype="float32")),
    ),
    "1e-7 Σ x² with gradient 0": row(
        "autograd", lambda x: 1e-7 * np.sum(x * x), numbers(5), grad=lambda x: 0 * x
    ),
    "scale 1e12 with backward 0": row(
        "gradcheck slow, fast", function(lambda x: x * x, lambda g, x: 0 * g), 1e12 * tensor(5)
    ),
    "one output detached": row("gradcheck slow, fast", detached, tensor(5)),
    "the second leaf's gradient zeroed, scale 1e5, derivative 1e-8": row(
        "jax f64",
        lambda x, y: np.sum(np.sin(x)) + 1e-8 * np.sum(y),
        numbers(5),
        1e5 * numbers(5, seed=1),
        grad=lambda x, y: (np.cos(x), 0 * y),
    ),
    "zero JVP, 400 outputs": row("jax f32", ZERO_JVP, jnp.asarray(numbers(400, dtype="float32"))),
    "zero JVP by hand, 400 outputs": row(
        "jax f32", np.sin, numbers(400), vjp=lambda c, x: c * np.cos(x), jvp=lambda t, x: 0 * t[0]
    ),
    "zero VJP on 600": row(
        "chex",
        custom_vjp(lambda x: jnp.sum(jnp.sin(x)), lambda g, x: 0 * x),
        jnp.asarray(numbers(600, dtype="float32")),
    ),
    "sign flip of sum(sin) on 2000": row(
        "chex",
        custom_vjp(lambda x: jnp.sum(jnp.sin(x)), lambda g, x: -g * jnp.cos(x)),
        jnp.asarray(numbers(2000, dtype="float32")),
    ),
    "NaN where the function is smooth": row(
        "jax f64, f32",
        lambda x: np.sum(x * x),
        numbers(3),
        grad=lambda x: np.full_like(x, np.nan),
    ),
    "one entry of a weight's gradient zeroed, float64": row(
        "gradcheck fast in half of the runs", mlp, tensor(4, 10), tensor(32, 10), tensor(32, 32),
        tensor(8, 32),
    ),
    "one entry of a weight's gradient zeroed, float32": row(
        "jax f32 in half of the runs", *zeroed_entry("float32")
    ),
    "a branch for x < 0 that inputs from 0 to 1 never take": row(
        "gradcheck slow, fast",
        function(lambda x: x * x, lambda g, x: torch.where(x < 0, -2 * x, 2 * x) * g),
        tensor(5).abs(),
        explore=True,
    ),
}  # fmt: skip
#: Wrong only in what lies between calls, or in memory.
BETWEEN_CALLS = {
    "strides of g ignored": row("gradcheck slow, fast", StrideBlind.apply, tensor(3, 4)),
    "class-level cache": row("gradcheck slow, fast", ClassCache.apply, tensor(5)),
    "g mutated in place": row(
        "gradcheck slow", function(lambda x: x * x, mutates_cotangent), tensor(5)
    ),
    "forward mutates its input": row(
        "gradcheck fast", function(mutates_input, lambda g, x: 2 * (x - 1) * g), tensor(5)
    ),
    "a gradient of (2, 6) for (6,), which the engine sums down": row(
        "gradcheck slow, fast",
        function(lambda x: 2 * x, lambda g, x: torch.stack([g, g])),
        tensor(6),
    ),
}
SQUARE = function(lambda x: x * x, lambda g, x: 2 * x * g)
#: And what the wrong ones above are when they are mended, which no peer rejects.
RIGHT = {
    "relu at 0": row("all", torch.relu, tensor(3) * torch.tensor([0.0, 1.0, 1.0])),
    "relu at 0 alone": row("all", torch.relu, torch.zeros(1)),
    "relu at 3e-7": row("gradcheck", torch.relu, torch.tensor([3e-7, 1.0], dtype=torch.float64)),
    "relu at 0, in JAX": row("jax", jax.nn.relu, jnp.array([0.0, 1.0, -2.0])),
    "relu at 0, in NumPy": row(
        "autograd",
        lambda x: np.maximum(x, 0),
        np.array([0.0, 1.0, -2.0]),
        vjp=lambda c, x: c * (x > 0),
    ),
    "float32": row("gradcheck, autograd", SQUARE, tensor(5, dtype=torch.float32)),
    "float16": row("gradcheck, jax", SQUARE, tensor(5, dtype=torch.float16)),
    "bfloat16": row("gradcheck, jax", SQUARE, tensor(5, dtype=torch.bfloat16)),
    "float16, in JAX": row("jax", jnp.tanh, jnp.asarray(numbers(5, dtype="float16"))),
    "bfloat16, in JAX": row("jax", jnp.tanh, jnp.asarray(numbers(5), jnp.bfloat16)),
    "x² by its own backward pass": row("none", squares(lambda g: g), tensor(5)),
    "1e-6 x²": row("none", function(lambda x: 1e-6 * x * x, lambda g, x: 2e-6 * x * g), tensor(5)),
    "1e-7 Σ x²": row(
        "none", lambda x: 1e-7 * np.sum(x * x), numbers(5), grad=lambda x: 2e-7 * x
    ),
    "two outputs": row("none", lambda x: (x.sin(), x.cos()), tensor(5)),
    "scale 1e5, derivative 1e-8": row(
        "none",
        lambda x, y: np.sum(np.sin(x)) + 1e-8 * np.sum(y),
        numbers(5),
        1e5 * numbers(5, seed=1),
        grad=lambda x, y: (np.cos(x), np.full_like(y, 1e-8)),
    ),
    "sin with its JVP, 400 outputs": row(
        "none",
        np.sin,
        numbers(400),
        vjp=lambda c, x: c * np.cos(x),
        jvp=lambda t, x: t[0] * np.cos(x),
    ),
    "tanh(x w), 64 × 64": row(
        "none",
        jax_mlp,
        jnp.asarray(numbers(8, 64, dtype="float32")),
        jnp.asarray(numbers(64, 64, dtype="float32") / 8),
    ),
    "x² at 1e12": row("gradcheck slow, fast", SQUARE, 1e12 * tensor(5)),
    "x² at 3e5, float32": row("jax f32", SQUARE, 3e5 * tensor(5, dtype=torch.float32)),
    "Σ sin on 2000, float32": row(
        "jax f32",
        custom_vjp(lambda x: jnp.sum(jnp.sin(x)), lambda g, x: g * jnp.cos(x)),
        jnp.asarray(numbers(2000, dtype="float32")),
    ),
    "x² at 1e6": row(
        "autograd", lambda x: np.sum(x * x), 1e6 * numbers(5), grad=lambda x: 2 * x
    ),
    "dropout": row("gradcheck", torch.nn.Dropout(0.5), tensor(20)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_a_peer_passes_disagrees(name: str) -> None:
    """Though wrong, with everything at its default."""
    case = WRONG[name]
    assert check(case.fn, case.args, **case.settings).status == "disagree", case.fooled


@pytest.mark.parametrize("name", BETWEEN_CALLS)
def test_what_lies_between_calls_disagrees(name: str) -> None:
    """Each of these is right by itself, and wrong in use."""
    case = BETWEEN_CALLS[name]
    assert check(case.fn, case.args).status == "disagree", case.fooled


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_peer_rejects_agrees(name: str) -> None:
    """Though right."""
    case = RIGHT[name]
    verdict = check(case.fn, case.args, **case.settings)
    assert verdict.status == "agree", f"{case.fooled}\n{verdict}"


def test_infinity_less_infinity_is_no_agreement() -> None:
    """A function that is infinite at the point has no gradient there, and zero is not one."""
    with pytest.raises(InvalidInput, match="the function is inf at the arguments given"):
        check(lambda x: np.sum(1 / x), (np.zeros(2),), grad=lambda x: 0 * x)
