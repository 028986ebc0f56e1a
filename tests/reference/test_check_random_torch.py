"""PyTorch functions of narrow numbers that draw random ones."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from clinometer import check

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")
functional = torch.nn.functional
widening = import_module("clinometer.frameworks.torch_widening")

X = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
DRAWING: dict[str, Callable[[Any], Any]] = {
    "normal": lambda x: x + torch.randn_like(x) * x.exp(),
    "uniform": lambda x: x.sin() * torch.rand(8, 3, dtype=x.dtype),
    "in place": lambda x: x.sin() * x.new_empty(8, 3).uniform_(-1, 2),
    "mask": lambda x: x.exp() * (torch.rand_like(x) < 0.5),
    "bernoulli": lambda x: x**2 * torch.bernoulli(torch.sigmoid(x).detach()),
    "multinomial": lambda x: x.gather(1, torch.multinomial(x.softmax(1).detach(), 1)) ** 3,
    "gumbel": lambda x: functional.gumbel_softmax(x) * torch.arange(3.0),
    "dropout": lambda x: functional.dropout(x.sin(), 0.4),
    "rrelu": lambda x: functional.rrelu(x, training=True),
    "rrelu that draws nothing": functional.rrelu,
    "distribution": lambda x: torch.distributions.Laplace(x, x.exp()).rsample(),
    "seeded": lambda x: (torch.manual_seed(1), x.sin() * torch.randn_like(x))[1],
}


@pytest.mark.parametrize("function", DRAWING.values(), ids=DRAWING)
def test_random_numbers_are_the_same_in_wider_ones(function: Callable[[Any], Any]) -> None:
    assert check(function, (X,)).status == "agree"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_attention_without_dropout_draws_nothing(dtype: Any) -> None:
    """Though one operation that may draw is all of it."""
    torch.manual_seed(0)
    x = torch.randn(2, 3, 8, dtype=dtype)
    attention = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, dtype=dtype)
    assert check(attention, (x,)).status == "agree"


def test_a_wrong_backward_pass_is_seen_beside_random_numbers() -> None:
    class Mask(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mask = torch.rand_like(x) < 0.5
            return x * ctx.mask

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 1.01 * g * ctx.mask

    verdict = check(lambda x: Mask.apply(x.sin()), (X,))
    assert verdict.arrays["x"] == "disagree"
    assert "value" not in verdict.arrays


def test_random_numbers_are_drawn_as_in_the_narrow_dtype() -> None:
    """Whatever says that they are wide; those of the narrow dtype stay as they are."""

    def drawn(x: Any) -> tuple[Any, ...]:
        torch.manual_seed(0)
        return torch.rand_like(x), torch.rand(20, dtype=x.dtype), x.clone().uniform_()

    narrow = drawn(torch.ones(20))
    with widening.widened(torch.float32, torch.float64):
        wide = drawn(torch.ones(20).double())
    for one, other in zip(narrow, wide, strict=True):
        assert other.dtype == torch.float64
        assert torch.equal(one.double(), other)


def test_a_product_by_hand_may_capture_tensors() -> None:
    weight = torch.randn(3, 2, generator=torch.Generator().manual_seed(1))
    for factor, status in ((1.0, "agree"), (1.01, "disagree")):
        verdict = check(
            lambda x: x @ weight, (X,), jvp=lambda t, x, by=factor: by * (t[0] @ weight)
        )
        assert verdict.arrays == {"x": "agree", "jvp along x": status}
