"""Where large gradients are wrong: layer, array and element, by the logarithm of their size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from clinometer import check

RNG = np.random.default_rng(0)


def spoilt(where: tuple[int, int]) -> Any:
    """The gradients of tanh(x w), of whose weight one element is half as large again."""

    def vjp(c: Any, x: Any, w: Any) -> Any:
        d = c * (1 - np.tanh(x @ w) ** 2)
        dw = x.T @ d
        dw[where] *= 1.5
        return d @ w.T, dw

    return vjp


@pytest.mark.parametrize("where", [(0, 0), (201, 37), (349, 99)])
def test_one_element_of_35_000_is_found(where: tuple[int, int]) -> None:
    """In a NumPy function."""
    x, w = RNG.normal(size=(8, 350)), RNG.normal(size=(350, 100)) / 20
    verdict = check(lambda x, w: np.tanh(x @ w), (x, w), vjp=spoilt(where))
    (finding,) = verdict.findings
    assert verdict.arrays == {"x": "agree", "w": "disagree"}
    assert finding.located is not None
    assert [element.index for element in finding.located.elements] == [where]
    assert finding.located.explained
    assert f"w: element {list(where)} is " in str(verdict)
    assert verdict.explaining <= 8 * math.log2(w.size)
    assert "elements are too many to move each by itself" in str(verdict)


def test_a_factor_shows_in_slopes_too() -> None:
    """All over an array that is too large for anything else."""
    x, w = RNG.normal(size=(8, 350)), RNG.normal(size=(350, 100)) / 20

    def vjp(c: Any, x: Any, w: Any) -> Any:
        d = c * (1 - np.tanh(x @ w) ** 2)
        return -(d @ w.T), x.T @ d / 8

    verdict = check(lambda x, w: np.tanh(x @ w), (x, w), vjp=vjp)
    told = str(verdict)
    assert "x: it is -1 × the reference: a sign is flipped" in told
    assert "w: it is 1/8 × the reference: 8 is the batch size" in told
    assert "w: more elements are wrong than can be named, all over the array" in told


@pytest.mark.torch
def test_one_element_of_a_module_of_100_000_parameters_is_found() -> None:
    """In the layer that has the wrong backward pass, and in no other."""
    torch = pytest.importorskip("torch")
    at = 74, 5

    class Matmul(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any) -> Any:
            ctx.save_for_backward(x, w)
            return x @ w.T

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, w = ctx.saved_tensors
            dw = g.T @ x
            dw[at] *= 1.5
            return g @ w, dw

    class Dense(torch.nn.Linear):
        def forward(self, x: Any) -> Any:
            return Matmul.apply(x, self.weight) + self.bias

    module = torch.nn.Sequential(
        torch.nn.Linear(200, 250), torch.nn.Tanh(), Dense(250, 200), torch.nn.Tanh(),
        torch.nn.Linear(200, 10),
    )  # fmt: skip
    assert sum(p.numel() for p in module.parameters()) > 100_000
    verdict = check(module, (torch.tensor(RNG.normal(size=(8, 200))).float(),))
    assert [name for name, s in verdict.arrays.items() if s != "agree"] == ["2.weight"]
    (finding,) = verdict.findings
    assert finding.located is not None
    assert [element.index for element in finding.located.elements] == [at]
    assert verdict.evaluations <= 120
    assert verdict.explaining <= 8 * math.log2(100_000)
