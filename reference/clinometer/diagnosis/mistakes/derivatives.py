"""An activation's derivative: missing, squared, at the wrong point, or another one's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake

Elementwise: TypeAlias = Callable[[Any], Any]

ALPHA = 1.0
SLOPE = 0.01
ROOT = math.sqrt(2 / math.pi)
CUBIC = 0.044715


@dataclass(frozen=True)
class Activation:
    """An elementwise function, its derivative by its input, and by its output where there is one.

    A function with a setting is here by the usual value of it.
    """

    value: Elementwise
    slope: Elementwise
    from_output: Elementwise | None = None


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _silu_slope(x: Any, sharpness: float = 1.0) -> Any:
    s = _sigmoid(sharpness * x)
    return s + sharpness * x * s * (1 - s)


def _normal_cdf(x: Any) -> Any:
    return (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2


def _gelu_slope(x: Any) -> Any:
    return _normal_cdf(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _gelu_tanh_slope(x: Any) -> Any:
    t = np.tanh(ROOT * (x + CUBIC * x**3))
    return (1 + t) / 2 + x * (1 - t * t) * ROOT * (1 + 3 * CUBIC * x * x) / 2


ACTIVATIONS = {
    "sigmoid": Activation(_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x)), lambda y: y - y * y),
    "tanh": Activation(np.tanh, lambda x: 1 / np.cosh(x) ** 2, lambda y: 1 - y * y),
    "relu": Activation(lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    "leaky relu": Activation(
        lambda x: np.where(x > 0, x, SLOPE * x), lambda x: np.where(x > 0, 1.0, SLOPE)
    ),
    "elu": Activation(
        lambda x: np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, 1.0, ALPHA * np.exp(np.minimum(x, 0))),
        lambda y: np.where(y > 0, 1.0, y + ALPHA),
    ),
    "softplus": Activation(
        lambda x: np.logaddexp(0, x), _sigmoid, lambda y: -np.expm1(-y)
    ),
    "silu": Activation(lambda x: x * _sigmoid(x), _silu_slope),
    "gelu": Activation(lambda x: x * _normal_cdf(x), _gelu_slope),
    "gelu (tanh)": Activation(
        lambda x: x * (1 + np.tanh(ROOT * (x + CUBIC * x**3))) / 2, _gelu_tanh_slope
    ),
    "gelu (sigmoid)": Activation(
        lambda x: x * _sigmoid(1.702 * x), lambda x: _silu_slope(x, 1.702)
    ),
    "hardtanh": Activation(
        lambda x: np.clip(x, -1, 1), lambda x: np.where(np.abs(x) < 1, 1.0, 0.0)
    ),
    "exp": Activation(np.exp, np.exp, lambda y: y),
    "square": Activation(lambda x: x * x, lambda x: 2 * x),
}  # fmt: skip


@mistake("activation's derivative")
def activations_derivative(wrong: Wrong) -> Iterator[Candidate]:
    """The gradient times what stands in place of f′(x), over f′(x)."""
    if not wrong.same_shape:
        return
    for where, x in points(wrong):
        for name, activation in ACTIVATIONS.items():
            slope = activation.slope(x)
            for what, instead in _instead(activation, name, x):
                ratio = np.divide(instead, slope, out=np.ones(x.shape), where=slope != 0)
                if not np.array_equal(ratio, np.ones(x.shape)):
                    sentence = f"the derivative of {name} at {where} is {what}"
                    made = wrong.by(np.multiply, sentence, ratio)
                    yield replace(made, evidence=wrong.evidence - 1)  # one in so many fits at once


def points(wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """Arguments of the gradient's shape, at which an activation may stand."""
    for name, argument in wrong.context.arguments.items():
        array = np.asarray(argument)
        if array.shape == wrong.right.shape and array.dtype.kind == "f":
            yield name, array


def _instead(activation: Activation, name: str, x: Any) -> Iterator[tuple[str, Any]]:
    """What may have been taken for the derivative, the plainest mistake first."""
    y, slope = activation.value(x), activation.slope(x)
    yield "missing", np.ones(x.shape)
    yield "there twice", slope**2
    yield "taken at the output", activation.slope(y)
    yield "taken at the negative input", activation.slope(-x)
    yield "the function itself", y
    if activation.from_output:
        yield "the formula for the output, taken at the input", activation.from_output(x)
        yield "1 - y, not as it should be", 1 - y
    for other, another in ACTIVATIONS.items():
        if other != name:
            yield f"that of {other}", another.slope(x)
            if another.from_output:
                yield f"that of {other} by its output", another.from_output(y)
