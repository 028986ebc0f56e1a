"""What a gradient must keep to, each breach in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.contract import call


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
