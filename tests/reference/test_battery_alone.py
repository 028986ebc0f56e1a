"""PyTorch functions whose arrays do not all require a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

torch = pytest.importorskip("torch")


class Weighted(torch.autograd.Function):
    """x w², and its gradients for the arrays that need one."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x * w * w

    @classmethod
    def gradients(cls, ctx: Any, g: Any) -> list[Any]:
        x, w = ctx.saved_tensors
        both = [g * w * w, 2 * g * x * w]
        return [a if needed else None for a, needed in zip(both, ctx.needs_input_grad, strict=True)]

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return tuple(Weighted.gradients(ctx, g))


class Squeezed(Weighted):
    """Those that are needed come first, and the others after them."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        found = Weighted.gradients(ctx, g)
        return tuple(sorted(found, key=lambda gradient: gradient is None))


class Short(Weighted):
    """Those that are not needed at the end are left out."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        found = Weighted.gradients(ctx, g)
        return tuple(found) if ctx.needs_input_grad[1] else found[0]


class Layer(torch.nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function
        self.w = torch.nn.Parameter(torch.tensor([0.5, -1.5, 2.0]))

    def forward(self, x: Any) -> Any:
        return self.function.apply(x, self.w)


X = torch.tensor(np.random.default_rng(0).normal(size=3).astype("float32"))


def test_a_gradient_may_be_left_out_where_none_is_needed() -> None:
    """As the function is told."""
    assert check(Weighted.apply, (X, X + 1)).status == "agree"
    assert check(Layer(Weighted), (X,)).status == "agree"


def test_gradients_in_the_wrong_place_are_seen() -> None:
    """Which they are where only the second array needs one."""
    moved = "the gradient is another one where w alone requires one"
    verdict = check(Squeezed.apply, (X, X + 1))
    assert verdict.arrays == {"x": "agree", "w": "disagree"}
    assert moved in str(verdict)
    assert moved in str(check(Layer(Squeezed), (X,)))


def test_gradients_that_are_missing_are_told() -> None:
    """PyTorch raises an error."""
    verdict = check(Short.apply, (X, X + 1))
    assert verdict.arrays == {"x": "disagree", "w": "agree"}
    assert "incorrect number of gradients" in str(verdict)
    assert "where x alone requires a gradient" in str(verdict)
