"""What a gradient must keep to, each breach in a sentence."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from clinometer.contract import call
from clinometer.dtypes import DTYPES


def right(arguments: Any) -> Any:
    """The gradient of Σ x²."""
    return (arguments["x"] ** 2).sum(), {"x": 2 * arguments["x"]}


def writes(arguments: Any) -> Any:
    """Right, but spoils its argument."""
    value, gradients = right(arguments)
    arguments["x"] *= 2
    return value, gradients


def raises(arguments: Any) -> Any:
    """Gives nothing."""
    raise ZeroDivisionError("oh")


@pytest.mark.parametrize(
    ("gradient", "breach"),
    [
        (right, None),
        (writes, "the call changed this argument"),
        (raises, "the gradient raised ZeroDivisionError: oh"),
        (lambda a: (0.0, {}), "there is no gradient for it"),
        (lambda a: (0.0, {"x": a["x"].sum()}), r"its gradient has shape (), not (3,)"),
        (
            lambda a: (0.0, {"x": a["x"].astype("f4")}),
            "its gradient has dtype float32, not float64",
        ),
        (lambda a: None, "the gradient raised TypeError"),
    ],
)
def test_breaches_are_named(gradient: Any, breach: str | None) -> None:
    """Shape, dtype, presence, arguments left alone, and no exception."""
    gradients, broken = call(gradient, {"x": np.array([1.0, 2.0, 3.0])})
    if breach is None:
        assert broken == {}
        assert set(gradients) == {"value", "x"}
    else:
        assert broken["x"].startswith(breach)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_gradient_that_keeps_its_dtype_breaks_nothing(dtype: str) -> None:
    """In each dtype under trial, a NaN in the argument among the rest."""
    assert call(right, {"x": np.array([1.0, np.nan, 3.0]).astype(dtype)})[1] == {}


def test_a_gradient_that_leaves_bfloat16_is_named() -> None:
    """As a product of matrices or with a Python float does, unless rounded back."""
    x = np.array([1.0, 2.0], dtype=ml_dtypes.bfloat16)
    _, broken = call(lambda a: ((a["x"] ** 2).sum(), {"x": 2.0 * a["x"]}), {"x": x})
    assert broken == {"x": "its gradient has dtype float32, not bfloat16"}
