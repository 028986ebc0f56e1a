"""Gradients that PyTorch 2.13.0 or JAX 0.10.2 compute wrongly, each with one that is right.

Each is a problem: the function in plain NumPy, a gradient of it written so that no digits are
lost, the point, and the same function as a user of each framework writes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from clinometer.balls import Ball, BallArray
from clinometer.conventions import evaluate
from clinometer.problem import Arrays, FrameworkCode, Problem


@dataclass(frozen=True)
class Defect:
    """One function at one point.

    Attributes:
        name: the function, the point and the dtype.
        problem: its gradient `hand_written` is right; its readings are the frameworks' own.
        errors: who is wrong, by how much of the largest element of the right gradient, or of
            one where that is zero.
        beyond: those of them whose own operations do not explain the error: one of them is
            wrong, or leaves the range of the dtype. Each operation of the others rounds as it
            may, and it is their composition that loses the digits.
    """

    name: str
    problem: Problem
    errors: Mapping[str, float]
    beyond: frozenset[str] = frozenset()


def gradient_by(framework: str, problem: Problem) -> FrameworkCode:
    """The framework's own gradient of its reading of the problem."""
    module = import_module(f"clinometer.frameworks.{framework}_gradient")
    return getattr(module, f"{framework.capitalize()}Gradient")(problem.readings[framework])


def _defect(
    name: str, function: Callable[..., Any], slopes: Callable[..., Any], torch: str, jax: str,
    point: Mapping[str, Any], dtype: str, errors: Mapping[str, float], beyond: str = "",
) -> Defect:  # fmt: skip
    """`function` and `slopes` take the arrays of `point`; `slopes` gives one array for each."""

    def value(arguments: Arrays) -> Any:
        return np.sum(function(*arguments.values()))

    def gradient(arguments: Arrays) -> tuple[Any, Arrays]:
        returned = slopes(*arguments.values())
        each = returned if isinstance(returned, tuple) else (returned,)
        return value(arguments), dict(zip(arguments, each, strict=True))

    readings = {
        framework: partial(evaluate, expression, framework)
        for framework, expression in (("torch", torch), ("jax", jax))
    }
    arrays = {n: np.array(a, dtype=dtype).astype(np.float64) for n, a in point.items()}
    problem = Problem(value, {"hand_written": gradient}, arrays, dtype, readings=readings)
    return Defect(f"{name}, {dtype}", problem, errors, frozenset(beyond.split()))


def _erfc(x: Any) -> Any:
    """NumPy has none: Arb's on balls, Python's on floats."""
    if isinstance(x, BallArray):
        return x.carry(np.frompyfunc(lambda ball: Ball(ball.arb.erfc()), 1, 1)(np.asarray(x)))
    return np.vectorize(math.erfc, otypes=[x.dtype])(x)


def _normal(x: Any) -> tuple[Any, Any]:
    """The normal distribution and its density; √2 and π to all digits of the number type."""
    root, pi = np.sqrt(2 + 0 * x), 4 * np.arctan(1 + 0 * x)
    return _erfc(-x / root) / 2, np.exp(-x * x / 2) / (root * np.sqrt(pi))


def _gelu(x: Any) -> Any:
    return x * _normal(x)[0]


def _gelu_slope(x: Any) -> Any:
    distribution, density = _normal(x)
    return distribution + x * density


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _sigmoid_slope(x: Any) -> Any:
    return _sigmoid(x) * _sigmoid(-x)


ROOT, CUBIC = math.sqrt(8 / math.pi), 0.044715


def _tanh_gelu(x: Any) -> Any:
    """½ x (1 + tanh u) = x σ(2u)."""
    return x * _sigmoid(ROOT * (x + CUBIC * x * x * x))


def _tanh_gelu_slope(x: Any) -> Any:
    inner = ROOT * (x + CUBIC * x * x * x)
    return _sigmoid(inner) + x * _sigmoid_slope(inner) * ROOT * (1 + 3 * CUBIC * x * x)


def _norm(x: Any) -> Any:
    largest = np.max(np.abs(x))
    return largest * np.sqrt(np.sum((x / largest) ** 2))


def _log_sum_exp(x: Any) -> Any:
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def _softmax(x: Any) -> Any:
    powers = np.exp(x - np.max(x))
    return powers / np.sum(powers)


def _first_log_probability(x: Any) -> Any:
    """The formula log p₀ = -log(1 + Σ exp(xₖ - x₀))."""
    return -np.log1p(np.sum(np.exp(x[1:] - x[0])))


def _first_log_probability_slope(x: Any) -> Any:
    others = _softmax(x)[1:]
    return np.concatenate([np.sum(others, keepdims=True), -others])


def _layer_norm(x: Any, weight: Any, bias: Any) -> Any:
    centred = x - np.mean(x)
    return weight * centred / np.sqrt(np.mean(centred * centred) + 2.0**-17) + bias


def _hypot_slopes(x: Any, y: Any) -> tuple[Any, Any]:
    return x / np.hypot(x, y), y / np.hypot(x, y)


def _sinc_slope(x: Any) -> Any:
    """The series Σ (-1)ᵏ 2k (πx)²ᵏ / ((2k+1)! x), for a small x."""
    pi = 4 * np.arctan(1 + 0 * x)
    terms = (
        (-1) ** k * 2 * k * (pi * x) ** (2 * k - 2) / math.factorial(2 * k + 1) for k in range(1, 8)
    )
    return sum(terms) * pi * pi * x


GELU = "jax.nn.gelu(x, approximate=False)"
LAYER_NORM = "(x - jnp.mean(x)) / jnp.sqrt(jnp.var(x) + 2.0**-17) * weight + bias"

# fmt: off
DEFECTS = [
    _defect("GELU at -8 and -10", _gelu, _gelu_slope, "F.gelu(x)", GELU, {"x": [-8, -10]},
        "float64", {"torch": 2.9e-4}, "torch"),
    _defect("GELU at -5", _gelu, _gelu_slope, "F.gelu(x)", GELU, {"x": [-5]}, "float32",
        {"torch": 1.6e-3}, "torch"),
    _defect("tanh-GELU at -5", _tanh_gelu, _tanh_gelu_slope, "F.gelu(x, approximate='tanh')",
        "jax.nn.gelu(x)", {"x": [-5]}, "float32", {"torch": 0.3, "jax": 1}, "torch"),
    _defect("expm1 at -40", np.expm1, np.exp, "torch.expm1(x)", "jnp.expm1(x)", {"x": [-40]},
        "float64", {"torch": 1, "jax": 1}),
    _defect("ELU at -20", np.expm1, np.exp, "F.elu(x)", "jax.nn.elu(x)", {"x": [-20]}, "float32",
        {"jax": 1}),
    _defect("sigmoid at 40", _sigmoid, _sigmoid_slope, "torch.sigmoid(x)", "jax.nn.sigmoid(x)",
        {"x": [40]}, "float64", {"torch": 1, "jax": 1}),
    _defect("sigmoid at 20", _sigmoid, _sigmoid_slope, "torch.sigmoid(x)", "jax.nn.sigmoid(x)",
        {"x": [20]}, "float32", {"torch": 1, "jax": 1}),
    _defect("tanh at 9", np.tanh, lambda x: 1 / np.cosh(x) ** 2, "torch.tanh(x)", "jnp.tanh(x)",
        {"x": [9]}, "float32", {"torch": 0.95, "jax": 1}),
    _defect("softplus at 20.5", lambda x: x + np.log1p(np.exp(-x)), _sigmoid, "F.softplus(x)",
        "jax.nn.softplus(x)", {"x": [20.5]}, "float64", {"torch": 1.2e-9}, "torch"),
    _defect("arcsine at 0.9999999", np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)),
        "torch.asin(x)", "jnp.arcsin(x)", {"x": [0.9999999]}, "float64", {"torch": 2e-11}),
    _defect("sinc at 1e-5", np.sinc, _sinc_slope, "torch.sinc(x)", "jnp.sinc(x)", {"x": [1e-5]},
        "float32", {"torch": 1, "jax": 180}),
    _defect("hypot at 1e155", np.hypot, _hypot_slopes, "torch.hypot(x, y)", "jnp.hypot(x, y)",
        {"x": [1e155], "y": [1e155]}, "float64", {"jax": 0.5}, "jax"),
    _defect("hypot at 1e-155", np.hypot, _hypot_slopes, "torch.hypot(x, y)", "jnp.hypot(x, y)",
        {"x": [1e-155], "y": [1e-155]}, "float64", {"jax": np.inf}, "jax"),
    _defect("hypot at 3e20, 4e20", np.hypot, _hypot_slopes, "torch.hypot(x, y)",
        "jnp.hypot(x, y)", {"x": [3e20], "y": [4e20]}, "float32", {"jax": 0.56}, "jax"),
    _defect("norm at 1e20", _norm, lambda x: x / _norm(x), "torch.linalg.vector_norm(x)",
        "jnp.linalg.norm(x)", {"x": [1e20, 1e20]}, "float32", {"torch": 1, "jax": 1}, "torch jax"),
    _defect("norm at 1e-25", _norm, lambda x: x / _norm(x), "torch.linalg.vector_norm(x)",
        "jnp.linalg.norm(x)", {"x": [1e-25, 1e-25]}, "float32", {"torch": 1, "jax": np.inf},
        "torch jax"),
    _defect("logsumexp near 1e4", _log_sum_exp, _softmax, "torch.logsumexp(x, 0)",
        "jax.nn.logsumexp(x)", {"x": [10000.25, 9999.5, 10001]}, "float32", {"torch": 3e-4}),
    _defect("log-softmax at 45", _first_log_probability, _first_log_probability_slope,
        "F.log_softmax(x, 0)[0]", "jax.nn.log_softmax(x)[0]", {"x": [45, 0, 1]}, "float64",
        {"torch": 1, "jax": 1}),
    _defect("layer norm of one number", _layer_norm, lambda x, w, b: (0 * x, 0 * w, 1 + 0 * b),
        "F.layer_norm(x, (1,), weight, bias, 2.0**-17)", LAYER_NORM,
        {"x": [1e6], "weight": [2], "bias": [1]}, "float32", {"torch": 7}),
]
# fmt: on
