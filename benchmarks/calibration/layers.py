"""Layers by hand, generic in the number type: samples by rows, features by columns.

`forward` gives the output and what `backward` needs; `backward` gives the cotangent of the
input and of each parameter, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from benchmarks.calibration.numbers import erf, erf_slope, like, matmul

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
#: An elementwise function, and its cotangent from that of its output, its input and its output.
Activation: TypeAlias = tuple[Callable[[Any], Any], Callable[[Any, Any, Any], Any]]

GELU_A, GELU_B = 0.7978845608028654, 0.044715
SQRT_HALF = 0.7071067811865476


@dataclass(frozen=True)
class Layer:
    """A layer: the shapes of its parameters by name, and its two passes."""

    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[[Any, Any], tuple[Any, ...]]
    shapes: Shapes = field(default_factory=dict)


def dense(inputs: int, outputs: int) -> Layer:
    """The affine map x W + b."""

    def forward(x: Any, weight: Any, bias: Any) -> tuple[Any, Any]:
        return matmul(x, weight) + bias, (x, weight)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        x, weight = cache
        return matmul(dy, weight.T), matmul(x.T, dy), dy.sum(axis=0)

    return Layer(forward, backward, {"weight": (inputs, outputs), "bias": (outputs,)})


def activation(name: str) -> Layer:
    """One of ACTIVATIONS, for each element."""
    function, cotangent = ACTIVATIONS[name]

    def forward(x: Any) -> tuple[Any, Any]:
        y = function(x)
        return y, (x, y)

    return Layer(forward, lambda dy, cache: (cotangent(dy, *cache),))


def residual(width: int) -> Layer:
    """The sum x + tanh(x W + b)."""
    inner = dense(width, width)

    def forward(x: Any, weight: Any, bias: Any) -> tuple[Any, Any]:
        before, cache = inner.forward(x, weight, bias)
        y = np.tanh(before)
        return x + y, (y, cache)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        y, inner_cache = cache
        dx, *parameters = inner.backward(dy * (1 - y * y), inner_cache)
        return dy + dx, *parameters

    return Layer(forward, backward, inner.shapes)


def convolution(inputs: int, outputs: int, taps: int = 2) -> Layer:
    """y[t] = Σₖ x[t + k] W[k] + b over positions t, the rows."""

    def forward(x: Any, weight: Any, bias: Any) -> tuple[Any, Any]:
        length = x.shape[0] - taps + 1
        products = [matmul(x[k : k + length], weight[k]) for k in range(taps)]
        return sum(products[1:], products[0]) + bias, (x, weight)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        x, weight = cache
        length = len(dy)
        dx = np.zeros_like(x)
        for k in range(taps):
            dx[k : k + length] += matmul(dy, weight[k].T)
        dweight = np.stack([matmul(x[k : k + length].T, dy) for k in range(taps)])
        return dx, dweight, dy.sum(axis=0)

    return Layer(forward, backward, {"weight": (taps, inputs, outputs), "bias": (outputs,)})


def max_pool() -> Layer:
    """The larger of each pair of rows; a last row without a partner is dropped."""

    def forward(x: Any) -> tuple[Any, Any]:
        pairs = len(x) // 2
        first, second = x[0 : 2 * pairs : 2], x[1 : 2 * pairs : 2]
        return np.maximum(first, second), (x, first >= second)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        x, takes_first = cache
        dx = np.zeros_like(x)
        dx[0 : 2 * len(dy) : 2] = dy * takes_first
        dx[1 : 2 * len(dy) : 2] = dy * ~takes_first
        return (dx,)

    return Layer(forward, backward)


def layer_norm(width: int) -> Layer:
    """γ (x - mean) / √(variance + 2⁻¹⁷) + β over each row."""

    def forward(x: Any, gain: Any, shift: Any) -> tuple[Any, Any]:
        centred = x - x.sum(axis=1, keepdims=True) / width
        variance = (centred * centred).sum(axis=1, keepdims=True) / width
        deviation = np.sqrt(variance + like(x, 2.0**-17))
        normal = centred / deviation
        return gain * normal + shift, (normal, deviation, gain)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        normal, deviation, gain = cache
        scaled = dy * gain
        mean = scaled.sum(axis=1, keepdims=True) / width
        along = (scaled * normal).sum(axis=1, keepdims=True) / width
        dx = (scaled - mean - normal * along) / deviation
        return dx, (dy * normal).sum(axis=0), dy.sum(axis=0)

    return Layer(forward, backward, {"gain": (width,), "shift": (width,)})


def attention(width: int) -> Layer:
    """softmax(Q Kᵀ / √width) V over the rows, with Q, K, V = x W."""
    root = float(np.sqrt(width))

    def forward(x: Any, query: Any, key: Any, value: Any) -> tuple[Any, Any]:
        q, k, v = (matmul(x, weight) for weight in (query, key, value))
        p = softmax(matmul(q, k.T) / like(x, root))
        return matmul(p, v), (x, q, k, v, p, query, key, value)

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        x, q, k, v, p, query, key, value = cache
        dp = matmul(dy, v.T)
        ds = p * (dp - (dp * p).sum(axis=1, keepdims=True)) / like(x, root)
        dq, dk, dv = matmul(ds, k), matmul(ds.T, q), matmul(p.T, dy)
        dx = matmul(dq, query.T) + matmul(dk, key.T) + matmul(dv, value.T)
        return dx, matmul(x.T, dq), matmul(x.T, dk), matmul(x.T, dv)

    square = (width, width)
    return Layer(forward, backward, {"query": square, "key": square, "value": square})


def softmax(x: Any) -> Any:
    """Over each row."""
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def sigmoid(x: Any) -> Any:
    """1/(1 + exp(-x)), without overflow."""
    power = np.exp(-np.abs(x))
    return np.where(x > 0, 1 / (1 + power), power / (1 + power))


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    return np.maximum(x, like(x, 0.0)) + np.log1p(np.exp(-np.abs(x)))


def _gelu(x: Any) -> Any:
    return x * (1 + erf(x * like(x, SQRT_HALF))) / 2


def _gelu_cotangent(dy: Any, x: Any, _: Any) -> Any:
    scaled, half = x * like(x, SQRT_HALF), like(x, SQRT_HALF) / 2
    return dy * ((1 + erf(scaled)) / 2 + x * half * erf_slope(scaled))


def _gelu_tanh_inner(x: Any) -> Any:
    return like(x, GELU_A) * (x + like(x, GELU_B) * x * x * x)


def _gelu_tanh_cotangent(dy: Any, x: Any, _: Any) -> Any:
    t = np.tanh(_gelu_tanh_inner(x))
    inner_slope = like(x, GELU_A) * (1 + 3 * like(x, GELU_B) * x * x)
    return dy * ((1 + t) / 2 + x * (1 - t * t) * inner_slope / 2)


def _silu_cotangent(dy: Any, x: Any, _: Any) -> Any:
    s = sigmoid(x)
    return dy * (s + x * s * (1 - s))


ACTIVATIONS: Mapping[str, Activation] = {
    "tanh": (np.tanh, lambda dy, x, y: dy * (1 - y * y)),
    "sigmoid": (sigmoid, lambda dy, x, y: dy * y * (1 - y)),
    "softplus": (softplus, lambda dy, x, y: dy * sigmoid(x)),
    "gelu_erf": (_gelu, _gelu_cotangent),
    "gelu_tanh": (
        lambda x: x * (1 + np.tanh(_gelu_tanh_inner(x))) / 2,
        _gelu_tanh_cotangent,
    ),
    "silu": (lambda x: x * sigmoid(x), _silu_cotangent),
    "relu": (lambda x: np.maximum(x, like(x, 0.0)), lambda dy, x, y: dy * (x > 0)),
    "leaky": (
        lambda x: np.where(x > 0, x, x / 8),
        lambda dy, x, y: np.where(x > 0, dy, dy / 8),
    ),
    "abs": (np.abs, lambda dy, x, y: dy * np.sign(x)),
}  # fmt: skip
