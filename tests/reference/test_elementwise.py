"""Framework code is moved element by element only where it must be, and called once at a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from clinometer import check
from clinometer.elementwise import Elementwise, Outputs, Weighted
from clinometer.oracles import finite_difference
from clinometer.problem import Problem

X, W = np.random.default_rng(0).normal(size=(5, 3)), np.random.default_rng(1).normal(size=(3, 2))


@dataclass
class Code:
    """⟨cotangent, tanh(x w)⟩ that hides its arithmetic."""

    cotangent: Any
    widest: str = "float64"

    def __call__(self, arguments: Any) -> Any:
        return np.sum(self.cotangent * np.tanh(arguments["x"] @ arguments["w"]))

    def stochastic(self, arguments: Any, random: np.random.Generator) -> Any:
        return self(arguments) * (1 + 1e-16 * random.normal())


def counted(points: list[Any]) -> Outputs:
    def outputs(arguments: Any) -> Any:
        points.append(arguments)
        return {"out": np.tanh(arguments["x"] @ arguments["w"])}

    return Outputs(outputs)


def test_another_cotangent_costs_no_evaluation() -> None:
    """And has the gradient that it has by itself."""
    points: list[Any] = []
    outputs = counted(points)
    d = 1 - np.tanh(X @ W) ** 2
    for number in range(3):
        c = np.random.default_rng(number).normal(size=(5, 2))
        problem = Problem(Weighted(Code(c), outputs, {"out": c}), {}, {"x": X, "w": W})
        found = Elementwise(finite_difference, ["w"]).estimate(problem)
        assert list(found.gradients) == ["w"]
        error = np.abs(found.gradients["w"] - X.T @ (c * d))
        assert np.all(error <= found.uncertainties["w"])
        assert np.all(found.uncertainties["w"] <= 1e-8)
        assert len(points) == 1 + 10 * W.size


def test_points_that_differ_in_the_last_digit_are_others() -> None:
    """And so are those of another dtype."""
    points: list[Any] = []
    outputs = counted(points)
    for x in (X, X.copy(), np.nextafter(X, 9), X.astype("float32")):
        assert np.array_equal(outputs({"x": x, "w": W})["out"], np.tanh(x @ W))
    assert len(points) == 3


@pytest.mark.torch
@pytest.mark.parametrize("rows", [slice(1), slice(4)])
def test_a_module_is_explained_in_some_ten_evaluations_for_each_accused_element(rows: Any) -> None:
    """Though terms of single samples are told apart."""
    torch = pytest.importorskip("torch")

    class Shift(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, bias: Any) -> Any:
            return x + bias

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g[rows].sum(0)

    class Dense(torch.nn.Linear):
        def forward(self, x: Any) -> Any:
            return Shift.apply(x @ self.weight.T, self.bias)

    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), Dense(4, 5))
    verdict = check(module, (torch.tensor(X).float(),))
    (finding,) = verdict.findings
    assert (finding.array, verdict.arrays["0.weight"]) == ("2.bias", "agree")
    told = "one sample's term, number 0 of 5" if rows == slice(1) else "the term of sample 4 is"
    assert told in str(verdict)
    assert verdict.explaining <= 130


@pytest.mark.jax
def test_terms_of_single_samples_are_told_in_jax_too() -> None:
    """Where a weight's gradient lacks the last two."""
    jax = pytest.importorskip("jax")
    layer = jax.custom_vjp(lambda x, w: jax.numpy.tanh(x @ w))

    def backward(saved: Any, g: Any) -> Any:
        x, w, y = saved
        d = g * (1 - y * y)
        return d @ w.T, x[:3].T @ d[:3]

    layer.defvjp(lambda x, w: (layer(x, w), (x, w, jax.numpy.tanh(x @ w))), backward)
    verdict = check(layer, (jax.numpy.asarray(X, "float32"), jax.numpy.asarray(W, "float32")))
    assert verdict.arrays == {"x": "agree", "w": "disagree"}
    assert "the last 2 of 5 samples are left out" in str(verdict)
    assert verdict.explaining <= 130
