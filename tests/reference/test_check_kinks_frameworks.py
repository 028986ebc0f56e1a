"""What `check` says of PyTorch's and JAX's code on kinks and ties, their own and anybody's."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from clinometer import check

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jnp, functional = jax.numpy, torch.nn.functional

GRID = np.array([[1.0, 2.0, 2.0, 0.0], [0.0, -1.0, 0.0, 0.0], [-2.0, 1.0, 1.0, 1.0]])
W = np.array([[1.0, -1.0, 2.0], [2.0, 1.0, -1.0], [0.0, 1.0, 1.0], [1.0, 1.0, -2.0]])


def of_torch(forward: Callable[[Any], Any], backward: Callable[[Any, Any], Any]) -> Any:
    """The function with a backward pass by hand."""

    class ByHand(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return backward(g, *ctx.saved_tensors)

    return ByHand.apply


def of_pytorch(function: Callable[[Any], Any], g: Any, x: Any) -> Any:
    """PyTorch's own vjp."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        return torch.autograd.grad(function(x), x, g)[0]


def of_jax(forward: Callable[[Any], Any], backward: Callable[[Any, Any], Any]) -> Any:
    """The same for JAX."""
    function = jax.custom_vjp(forward)
    function.defvjp(lambda x: (forward(x), x), lambda x, g: (backward(g, x),))
    return function


def is_largest(x: Any) -> Any:
    return x == x.max(-1, keepdims=True)[0] if torch.is_tensor(x) else x == x.max(-1, keepdims=True)


OF_TORCH = {
    "a maximum": lambda x: x.max(-1).values,
    "an even maximum": lambda x: x.amax(-1),
    "a median": lambda x: x.median(-1).values,
    "sorted": lambda x: x.sort(-1).values * torch.arange(4).to(x),
    "clamped": lambda x: x.clamp(min=0) + 0.125 * x.clamp(max=0),
    "two of different conventions": lambda x: 3 * x.relu() - x.abs(),
    "a running maximum": lambda x: x.cummax(-1).values,
    "pooled": lambda x: functional.max_pool1d(x.relu()[None], 2, 1),
    "in place": lambda x: (functional.relu_(x * 1) - functional.relu_(-x)) @ torch.tensor(W).to(x),
    "normalised": lambda x: functional.batch_norm(
        x.relu(), torch.zeros(4).to(x), torch.ones(4).to(x), training=True
    ),
}


PAIRS = torch.arange(12) // 2
PICKING = {
    "a median but for NaN": torch.nanmedian,
    "the largest by size": lambda x: torch.linalg.vector_norm(x, math.inf),
    "the smallest by size": lambda x: torch.linalg.vector_norm(x + 4, -math.inf),
    "scattered maxima": lambda x: x[:, 0].repeat(4).scatter_reduce(0, PAIRS, x.ravel(), "amax"),
    "minima by index": lambda x: x.ravel().index_reduce(0, PAIRS, x.ravel(), "amin"),
}


@pytest.mark.filterwarnings("ignore:index_reduce")
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("at", [1, 0])
@pytest.mark.parametrize("name", PICKING)
def test_what_picks_one_of_equal_numbers_is_right_and_its_double_is_wrong(
    name: str, at: int, dtype: Any
) -> None:
    """However the slope is shared: what is picked is not rounded."""
    x, function = torch.tensor(at * GRID, dtype=dtype), PICKING[name]
    assert check(function, (x,)).status == "agree"
    for factor in (1.001, 2):
        wrong = of_torch(function, lambda g, x, by=factor: by * of_pytorch(function, g, x))
        assert check(wrong, (x,)).status == "disagree"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("at", ["grid", "zeros", "ones"])
@pytest.mark.parametrize("name", OF_TORCH)
def test_conventions_of_pytorch_are_right(name: str, at: str, dtype: Any) -> None:
    """Where they are slopes of the function and where several add up to none."""
    x = {"grid": GRID, "zeros": 0 * GRID, "ones": 0 * GRID + 1}[at]
    assert check(OF_TORCH[name], (torch.tensor(x, dtype=dtype),)).status != "disagree"


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: x.amax(-1), lambda g, x: g[..., None] * is_largest(x)),
        (torch.relu, lambda g, x: g * torch.where(x == 0, 2.0, (x > 0).to(x))),
        (lambda x: functional.relu_(1 * x), lambda g, x: g * torch.where(x == 0, -1.0, x > 0)),
        (torch.sin, lambda g, x: g * torch.where(x == 0, 0.0, x.cos())),
    ],
)
def test_what_no_convention_explains_is_wrong_in_pytorch(forward: Any, backward: Any) -> None:
    """Though it is right beside the point."""
    verdict = check(of_torch(forward, backward), (torch.tensor(GRID),))
    assert [c.witness for c in verdict.disagreements] == ["sides"]


def test_no_buffer_is_changed_but_as_the_function_does() -> None:
    """It is run many times with its operations apart, and what it writes to stays as written."""
    mean = torch.zeros(4, dtype=torch.float64)

    def function(x: Any) -> Any:
        mean.copy_(x.mean(0))
        return (x.relu() - (-x).relu()).sum()

    x = torch.tensor(GRID)
    assert check(function, (x,)).status != "disagree"
    function(x)
    assert torch.equal(mean, x.mean(0))


NARROW = W.astype(np.float32)
OF_JAX = {
    "a maximum": lambda x: x.max(-1),
    "sorted": lambda x: jnp.sort(x, -1) * jnp.arange(4.0),
    "two of different conventions": lambda x: jax.nn.relu(x) - jnp.abs(x) / 2,
    "a network": lambda x: jax.nn.relu(jnp.abs(x @ NARROW) @ NARROW.T) - jnp.maximum(x, 0),
    "routed": lambda x: jnp.take_along_axis(x, jnp.argmax(x, -1)[:, None], -1),
    "a loop": lambda x: jax.lax.scan(lambda c, r: (jnp.maximum(c, r), c.sum()), x[0], x)[1],
}


@pytest.mark.parametrize("at", ["grid", "zeros"])
@pytest.mark.parametrize("name", OF_JAX)
def test_conventions_of_jax_are_right(name: str, at: str) -> None:
    """Its own, and the same by a rule of the author's."""
    function = OF_JAX[name]
    by_rule = of_jax(function, lambda g, x: jax.vjp(function, x)[1](g)[0])
    x = jnp.asarray({"grid": GRID, "zeros": 0 * GRID}[at])
    assert check(function, (x,)).status != "disagree"
    assert check(by_rule, (x,)).status != "disagree"


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: x.max(-1), lambda g, x: g[..., None] * is_largest(x)),
        (jnp.abs, lambda g, x: g * jnp.where(x == 0, 100.0, jnp.sign(x))),
        (lambda x: jnp.clip(x, -1, 1), lambda g, x: g * jnp.where(abs(x) == 1, 3.0, abs(x) < 1)),
    ],
)
def test_what_no_convention_explains_is_wrong_in_jax(forward: Any, backward: Any) -> None:
    """Though it is right beside the point."""
    verdict = check(of_jax(partial(forward), backward), (jnp.asarray(GRID),))
    assert [c.witness for c in verdict.disagreements] == ["sides"]
