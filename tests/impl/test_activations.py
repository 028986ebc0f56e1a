"""The activations: textbook values, conventions at kinks, and digits that must not be lost."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from flint import arb, ctx

from clinometer.oracles.complex_step import ComplexStepArray
from handgrad.kernels import kernel, kernel_set
from handgrad.vectorised._normal import distribution

E = math.e


def scalar(name: str, kind: str, x: float, **settings: float) -> tuple[float, float]:
    """Value and derivative of an activation at one number."""
    chosen, numbers = kernel(name, kind), kernel_set(name)
    y, cache = chosen.forward(numbers.load(np.array([x])), **settings)
    (dx,) = chosen.backward(numbers.load(np.array([1.0])), cache)
    return float(y[0]), float(dx[0])


@pytest.mark.parametrize("name", ["vectorised", "looped"])
@pytest.mark.parametrize(
    ("kind", "settings", "x", "value", "slope"),
    [
        ("elu", {"alpha": 2.0}, 3.0, 3.0, 1.0),
        ("elu", {"alpha": 2.0}, -1.0, 2 / E - 2, 2 / E),
        ("elu", {"alpha": 2.0}, 0.0, 0.0, 2.0),
        ("elu", {"alpha": 2.0}, 800.0, 800.0, 1.0),
        ("elu", {"alpha": 2.0}, -40.0, -2.0, 2 * math.exp(-40)),
        ("silu", {}, 0.0, 0.0, 0.5),
        ("silu", {}, math.log(3), 0.75 * math.log(3), 0.75 + 0.1875 * math.log(3)),
        ("silu", {}, -800.0, 0.0, 0.0),
        ("silu", {}, 800.0, 800.0, 1.0),
        ("gelu", {}, 0.0, 0.0, 0.5),
        ("gelu", {}, 1.0, 0.841344746068542949, 1.083315470587686298),
        ("gelu", {}, -1.0, -0.158655253931457051, -0.083315470587686298),
        ("gelu", {}, -1e4, 0.0, 0.0),
        ("gelu", {}, 1e4, 1e4, 1.0),
        ("gelu_tanh", {}, 0.0, 0.0, 0.5),
        ("gelu_tanh", {}, 1.0, 0.841191990608276705, 1.082964083845782556),
        ("gelu_tanh", {}, -1e300, 0.0, 0.0),
        ("gelu_tanh", {}, 1e300, 1e300, 1.0),
        ("hardtanh", {"low": -1.0, "high": 2.0}, 0.5, 0.5, 1.0),
        ("hardtanh", {"low": -1.0, "high": 2.0}, -1.0, -1.0, 0.0),
        ("hardtanh", {"low": -1.0, "high": 2.0}, 2.0, 2.0, 0.0),
        ("hardtanh", {"low": -1.0, "high": 2.0}, 5.0, 2.0, 0.0),
    ],
)
def test_activations_have_their_textbook_values(
    name: str, kind: str, settings: dict[str, float], x: float, value: float, slope: float
) -> None:
    """Known values and derivatives, also at kinks, where they are PyTorch's, and far away."""
    assert scalar(name, kind, x, **settings) == pytest.approx((value, slope), rel=4e-15, abs=0)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("elu", {"alpha": 1.0}),
        ("gelu", {}),
        ("gelu_tanh", {}),
        ("silu", {}),
        ("hardtanh", {"low": -1.0, "high": 1.0}),
    ],
)
def test_numbers_stay_what_they_are(kind: str, settings: dict[str, Any]) -> None:
    """In the loops, also where a setting takes their place; and at 0 the complex step sees all."""
    for number in (float, np.longdouble):
        x = [number(-3), number(0), number(3)]
        y, cache = kernel("looped", kind).forward(x, **settings)
        (dx,) = kernel("looped", kind).backward(x, cache)
        assert {type(result) for result in (*y, *dx)} == {number}
    step = ComplexStepArray.carry(np.array([1e-30j]))
    moved, _ = kernel("vectorised", kind).forward(step, **settings)
    slope = np.imag(moved)[0] / 1e-30
    assert slope == pytest.approx(scalar("vectorised", kind, 0.0, **settings)[1], rel=1e-15)


@pytest.mark.parametrize("name", ["vectorised", "looped"])
@pytest.mark.parametrize("kind", ["gelu", "gelu_tanh"])
def test_gelu_keeps_its_digits_where_it_is_tiny(name: str, kind: str) -> None:
    """There 1 + erf and 1 + tanh have lost theirs."""
    with ctx.workprec(200):
        x = arb(-10)
        if kind == "gelu":
            value, gate = x * (-x / arb(2).sqrt()).erfc() / 2, (-x / arb(2).sqrt()).erfc() / 2
            slope = gate + x * (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
        else:
            scale, cubic = (2 / arb.pi()).sqrt(), arb(0.044715)
            gate = 1 / (1 + (-2 * scale * (x + cubic * x**3)).exp())
            value = x * gate
            slope = gate + x * gate * (1 - gate) * 2 * scale * (1 + 3 * cubic * x * x)
        known = float(value.mid()), float(slope.mid())
    assert scalar(name, kind, -10.0) == pytest.approx(known, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    "dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.longdouble]
)
def test_normal_distribution_is_right_to_the_digits_of_its_numbers(dtype: Any) -> None:
    """From the far tail to 1, beside Arb; e^(-x²/2) alone costs a few digits at large x."""
    x = np.concatenate([np.linspace(-36, 10, 185), [-1e-5, 0, 1e-5]]).astype(dtype)
    y, facts = distribution(x), ml_dtypes.finfo(dtype)
    with ctx.workprec(200):
        for number, mine in zip(x, y, strict=True):
            right = _exactly(-number)
            right = (right / arb(2).sqrt()).erfc() / 2
            allowed = 4 * float(facts.eps) * (1 + float(number) ** 2) * right
            assert abs(_exactly(mine) - right) < allowed + 4 * float(facts.smallest_normal)


def _exactly(number: Any) -> arb:
    high = float(number)
    return arb(high) + arb(float(number - type(number)(high)))
