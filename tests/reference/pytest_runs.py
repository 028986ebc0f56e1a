"""Runs of pytest over functions whose gradients are right, wrong and nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from clinometer.report import check_table  # noqa: F401 # runs in this process drop what they import

MODULE = """
import numpy as np
import pytest

X, W = np.array([0.1, -0.4, 0.7]), np.arange(6.0).reshape(3, 2) / 4

def layer(x, w):
    return np.tanh(x @ w)

def layer_vjp(c, x, w):
    d = c * (1 - np.tanh(x @ w) ** 2)
    return w @ d, np.outer(x, d)

def doubled(c, x, w):
    dx, dw = layer_vjp(c, x, w)
    return dx, 2 * dw

def steps(x):
    return np.sum(np.floor(x))

def take(x, i):
    return x[i]

def overwrites(c, x, i):
    dx = np.zeros_like(x)
    dx[i] = c
    return dx, None
"""
USER: dict[str, Any] = {}
exec(MODULE, USER)  # noqa: S102 # the same functions here
LAYER = USER["layer"], (USER["X"], USER["W"])

RIGHT = """
def test_right(gradcheck):
    assert gradcheck(layer, (X, W), vjp=layer_vjp).status == "agree"
"""
WRONG = """
def test_wrong(gradcheck):
    gradcheck(layer, (X, W), vjp=doubled)
"""
FLAT = """
def test_flat(gradcheck):
    gradcheck(steps, (X,), grad=np.zeros_like)
"""
#: What reaches `check`, which is called all the same.
SETTINGS = """
def settings(gradcheck, **given):
    seen, check = {}, gradcheck._check
    gradcheck._check = lambda *args, **settings: seen.update(settings) or check(*args, **settings)
    try:
        gradcheck(layer, (X, W), vjp=layer_vjp, **given)
    finally:
        gradcheck._check = check
    return seen
"""


def run(
    pytester: pytest.Pytester, body: str, *options: str, apart: bool = False
) -> pytest.RunResult:
    """A run over tests of these functions, in this process unless it needs its own."""
    pytester.makepyfile(test_user=MODULE + body)
    runner = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
    return runner("-p", "no:cacheprovider", *options)


def section(result: pytest.RunResult) -> list[str]:
    """The summary's lines."""
    lines = result.stdout.lines
    start = next(i for i, line in enumerate(lines) if re.fullmatch(r"=+ gradients =+", line))
    end = next(i for i, line in enumerate(lines) if i > start and line.startswith("="))
    return [line for line in lines[start + 1 : end] if line]
