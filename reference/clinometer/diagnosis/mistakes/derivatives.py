"""An activation's derivative: missing, squared, at the wrong point, or another one's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
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

    A function with a setting is here by the usual value of it. `mistaken` has wrong formulas for
    the derivative, as they are written.
    """

    value: Elementwise
    slope: Elementwise
    from_output: Elementwise | None = None
    mistaken: Mapping[str, Elementwise] = field(default_factory=dict)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _silu_slope(x: Any, sharpness: float = 1.0) -> Any:
    s = _sigmoid(sharpness * x)
    return s + sharpness * x * s * (1 - s)


def _normal_cdf(x: Any) -> Any:
    return (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2


def _normal_density(x: Any) -> Any:
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _gelu_slope(x: Any) -> Any:
    return _normal_cdf(x) + x * _normal_density(x)


def _gelu_tanh_slope(x: Any, three: int = 3) -> Any:
    t = np.tanh(ROOT * (x + CUBIC * x**3))
    return (1 + t) / 2 + x * (1 - t * t) * ROOT * (1 + three * CUBIC * x * x) / 2


ACTIVATIONS = {
    "sigmoid": Activation(
        _sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x), lambda y: y - y * y,
        {"1 - y": lambda x: _sigmoid(-x)},
    ),
    "tanh": Activation(
        np.tanh, lambda x: 1 / np.cosh(x) ** 2, lambda y: 1 - y * y,
        {"1 - y": lambda x: 1 - np.tanh(x)},
    ),
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
    "silu": Activation(
        lambda x: x * _sigmoid(x), _silu_slope,
        mistaken={"σ (1 + x) (1 - σ)": lambda x: _sigmoid(x) * (1 + x) * _sigmoid(-x)},
    ),
    "gelu": Activation(
        lambda x: x * _normal_cdf(x), _gelu_slope,
        mistaken={"Φ": _normal_cdf, "Φ + φ": lambda x: _normal_cdf(x) + _normal_density(x)},
    ),
    "gelu (tanh)": Activation(
        lambda x: x * (1 + np.tanh(ROOT * (x + CUBIC * x**3))) / 2, _gelu_tanh_slope,
        mistaken={"one without the 3 of x³": lambda x: _gelu_tanh_slope(x, 1)},
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
    """The cotangent times what stands in place of f′(x)."""
    if not (wrong.same_shape and wrong.trial.any()) or np.iscomplexobj(wrong.right):
        return
    for where, x in points(wrong):
        for name, activation in ACTIVATIONS.items():
            through = _through(wrong, activation.slope(x))
            for what, slope in instead(activation, name, x, through):
                yield Candidate(
                    through * slope,
                    f"the derivative of {name} at {where} is {what}",
                    evidence=wrong.evidence - 1,  # so many are tried that one number fits some
                    whole=True,
                )


def points(wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """Arguments of the gradient's shape, at which an activation may stand."""
    for name, argument in wrong.context.arguments.items():
        array = np.asarray(argument)
        if array.shape == wrong.right.shape and array.dtype.kind == "f":
            yield name, array


def _through(wrong: Wrong, slope: Any) -> Any:
    """The cotangent of the activation, if its slope is a factor of the right gradient."""
    for cotangent in wrong.context.cotangents.values():
        if np.shape(cotangent) == slope.shape and np.allclose(cotangent * slope, wrong.right):
            return cotangent
    return np.divide(wrong.right, slope, out=np.zeros_like(wrong.right), where=slope != 0)


def instead(activation: Activation, name: str, x: Any, cotangent: Any) -> Iterator[tuple[str, Any]]:
    """What may have been taken for the derivative, the plainest mistake first."""
    y, slope = activation.value(x), activation.slope(x)
    yield "missing", np.ones(x.shape)
    yield "there twice", slope**2
    yield "taken at the output", activation.slope(y)
    yield "taken at the cotangent", activation.slope(cotangent)
    yield "taken at the negative input", activation.slope(-x)
    yield "the function itself", y
    if activation.from_output:
        yield "the formula for the output, taken at the input", activation.from_output(x)
    for formula, wrongly in activation.mistaken.items():
        yield f"taken for {formula}", wrongly(x)
    for other, another in ACTIVATIONS.items():
        if other != name:
            yield f"that of {other}", another.slope(x)
            if another.from_output:
                yield f"that of {other} by its output", another.from_output(y)


@mistake("softmax's Jacobian")
def softmaxs_jacobian(wrong: Wrong) -> Iterator[Candidate]:
    """Of dx = y (dy - ⟨dy, y⟩) a part."""
    for y in wrong.context.outputs.values():
        for dy in wrong.context.cotangents.values():
            if np.shape(dy) == np.shape(y) == wrong.trial.shape and np.allclose(y.sum(-1), 1):
                yield Candidate(dy * y * (1 - y), "of softmax's Jacobian only the diagonal counts")
                yield Candidate(dy * y, "the term -y ⟨dy, y⟩ of softmax is missing")
                yield Candidate(y * (dy - np.sum(dy * y)), "softmax's ⟨dy, y⟩ sums over all rows")
