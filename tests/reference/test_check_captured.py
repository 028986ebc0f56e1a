"""PyTorch functions of narrow numbers that bring tensors of their own along."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from clinometer import check

torch = pytest.importorskip("torch")
widening = import_module("clinometer.frameworks.torch_widening")

NARROW = ["float32", "bfloat16", "float16"]
RANDOM = torch.Generator().manual_seed(0)
X = torch.randn(4, 3, generator=RANDOM)
W = torch.randn(3, 2, generator=RANDOM)
LINEAR = torch.nn.Linear(3, 2)


def product(weight: Any, factor: float) -> Callable[[Any], Any]:
    """The product with a weight that is captured, and a backward pass that is off by a factor."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x @ weight

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return factor * (g @ weight.T)

    return Product.apply


@pytest.mark.parametrize("dtype", NARROW)
def test_a_weight_may_be_captured(dtype: str) -> None:
    x, weight = (a.to(getattr(torch, dtype)) for a in (X, W))
    assert check(lambda x: x @ weight, (x,)).status == "agree"
    assert check(product(weight, 1.0), (x,)).status == "agree"


@pytest.mark.parametrize("dtype", NARROW)
def test_a_wrong_backward_pass_is_seen_beside_a_captured_weight(dtype: str) -> None:
    x, weight = (a.to(getattr(torch, dtype)) for a in (X, W))
    verdict = check(product(weight, 1.01), (x,))
    assert verdict.status == "disagree"
    assert "directional_probes" in {c.witness for c in verdict.disagreements}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: LINEAR(x) ** 2,
        lambda x: torch.cat([x, torch.zeros(1, 3)]) @ torch.ones(3, 1),
        lambda x: torch.zeros(4, 3).index_add(0, torch.tensor([0, 1, 2, 2]), x),
        lambda x: x * torch.arange(1.0, 4.0) + torch.eye(4, 3),
        lambda x: torch.nn.functional.cross_entropy(
            x, torch.tensor([0, 1, 2, 0]), weight=torch.ones(3) / 3
        ),
        lambda x: torch.softmax(x, -1, dtype=torch.float32) * x.float(),
        lambda x: torch.where(torch.ones(4, 3) == 1, x.sin(), 0 * x),
        lambda x: torch.func.jacrev(lambda row: (row @ W).sin())(x[0]),
    ],
    ids=["module", "constants", "index_add", "ranges", "loss", "conversions", "mask", "transform"],
)
def test_tensors_may_be_captured_or_made_inside(function: Callable[[Any], Any]) -> None:
    assert check(function, (X,)).status == "agree"


def test_what_is_written_to_a_captured_tensor_is_read_there() -> None:
    buffer = torch.zeros(4, 2)

    def function(x: Any) -> Any:
        buffer.copy_(x.detach() @ W)
        return buffer * (x @ W)

    with widening.widened(torch.float32, torch.float64):
        found = function(X.double())
    assert found.dtype == torch.float64
    assert torch.equal(found, (X.double() @ W.double()) ** 2)
    assert not buffer.any()
    assert buffer.dtype == torch.float32


def test_numbers_narrower_than_the_functions_own_stay_narrow() -> None:
    """Whoever computes in them means to."""
    with widening.widened(torch.float32, torch.float64):
        assert X.double().half().dtype == torch.float16
        assert X.double().float().dtype == torch.float64


def test_gradients_are_those_of_autograd() -> None:
    x, unused = X.clone().requires_grad_(), W.clone().requires_grad_()
    y = (x @ W).sin()
    cotangent = torch.ones_like(y)
    mode = widening.WideningMode((), torch.float32)
    (mine,) = widening.gradients(mode, [y], [x], [cotangent], retain_graph=True)
    (theirs,) = torch.autograd.grad([y], [x], [cotangent], retain_graph=True)
    assert torch.equal(mine, theirs)
    assert not widening.gradients(mode, y.sum(), [x, unused], materialize_grads=True)[1].any()


def test_a_function_that_runs_in_its_own_dtype_alone_is_not_wrong() -> None:
    def function(x: Any) -> Any:
        if x.dtype != torch.float32:
            raise TypeError("it should be float32")
        return x.sin()

    verdict = check(function, (X,))
    assert verdict.status == "inconclusive"
    assert "it should be float32" in verdict.ledger["the formula in float64"]


def test_a_backward_pass_that_runs_in_its_own_dtype_alone_is_not_wrong() -> None:
    class Sine(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            if g.dtype != torch.float32:
                raise TypeError("it should be float32")
            return g * ctx.saved_tensors[0].cos()

    verdict = check(Sine.apply, (X,))
    assert verdict.status == "inconclusive"
    assert "it should be float32" in str(verdict)


def test_a_function_that_raises_in_its_own_dtype_too_is_wrong() -> None:
    calls = []

    def function(x: Any) -> Any:
        calls.append(x)
        if len(calls) > 1:
            raise TypeError("once is enough")
        return x.sin()

    verdict = check(function, (X,))
    assert verdict.status == "disagree"
    assert "the formula in float64" not in verdict.ledger
