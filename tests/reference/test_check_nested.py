"""PyTorch functions that differentiate by themselves, before `check`: in both modes and nested."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

torch = pytest.importorskip("torch")
forward_ad = torch.autograd.forward_ad

#: PyTorch's own, where forward mode is first used.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


def numbers(*shape: int, seed: int = 0) -> Any:
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


def cubes(x: Any) -> Any:
    return (x**3).sum()


def slopes(x: Any) -> Any:
    (found,) = torch.autograd.grad(cubes(x), x, create_graph=True)
    return found


def penalty(x: Any) -> Any:
    """As of a Wasserstein critic."""
    return (slopes(x).norm(dim=-1) - 1).square().mean()


class Energy(torch.nn.Module):
    """Returns an energy and its force, minus the gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 2).double()

    def forward(self, x: Any) -> Any:
        energy = self.layer(x).tanh().sum()
        (gradient,) = torch.autograd.grad(energy, x, create_graph=True)
        return energy, -gradient


@pytest.mark.parametrize("function", [slopes, penalty, Energy()])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_function_may_ask_for_a_gradient_of_its_argument(function: Any, dtype: str) -> None:
    """Its value alone, which oracles ask for, needs the graph as well."""
    x = numbers(4, 3).to(getattr(torch, dtype))
    if isinstance(function, torch.nn.Module):
        function.to(x.dtype)
    assert check(function, (x,)).status == "agree"


def test_a_gradient_inside_whose_graph_is_lost_is_seen() -> None:
    """What it depends on is then a constant to autograd."""

    def lost(x: Any) -> Any:
        (found,) = torch.autograd.grad(cubes(x), x)
        return found * x

    assert check(lost, (numbers(4),)).status == "disagree"


def nested(x: Any) -> Any:
    """A product with the Hessian."""
    return torch.func.jvp(torch.func.grad(cubes), (x,), (torch.ones_like(x),))[1]


def twice(x: Any) -> Any:
    def once(y: Any) -> Any:
        return torch.func.jvp(torch.sin, (y,), (torch.ones_like(y),))[1]

    return torch.func.jvp(once, (x,), (torch.ones_like(x),))[1]


def hessian(x: Any) -> Any:
    return torch.func.hessian(cubes)(x).sum(0)


def dual(x: Any) -> Any:
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(forward_ad.make_dual(x, torch.ones_like(x)).sin()).tangent


@pytest.mark.parametrize("function", [nested, twice, hessian, dual])
def test_a_function_may_use_forward_mode(function: Any) -> None:
    """Whose zeros have no memory: arithmetic that reads them ends the process."""
    assert check(function, (numbers(4),)).status == "agree"


class Doubled(torch.autograd.Function):
    """A function with forward mode inside, and twice its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return nested(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 12 * g


def test_a_wrong_gradient_is_seen_beside_forward_mode() -> None:
    """Under the watcher that looks for activations, too."""
    verdict = check(Doubled.apply, (numbers(4),))
    assert verdict.status == "disagree"
    assert [str(m) for f in verdict.findings for m in f.mistakes] == ["it is 2 × the reference"]
