"""Input that cannot be judged: one sentence that names argument and leaf, and says what to do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from clinometer import InvalidInput, check

X = np.array([1.0, 2.0, 3.0])


def total(x: Any) -> Any:
    return np.sum(x * x)


def slope(x: Any) -> Any:
    return 2 * x


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: check(3, (X,), slope), "fn should be a function, and is a int"),
        (lambda: check(total, (X,), X), "grad should be a function, and is a ndarray"),
        (
            lambda: check(total, X, slope),
            "args should be a tuple of arguments such as (x,), and is a ndarray",
        ),
        (lambda: check(total, (X, X), slope), "args holds 2 arguments, and the function takes 1"),
        (
            lambda: check(total, (X,)),
            (
                "there is no gradient: give grad= or vjp=, or arguments that are tensors of "
                "PyTorch or arrays of JAX"
            ),
        ),
        (
            lambda: check(total, (X,), slope, lambda c, x: c),
            "grad and vjp are both given; one of them is the gradient on trial",
        ),
        (
            lambda: check(total, ({"n": np.arange(3), "eps": 0.5},), slope),
            (
                "there is nothing to differentiate by: x['n'] is of int64, x['eps'] is a float; at "
                "least one argument should hold an array of floating-point numbers, all of them "
                "finite"
            ),
        ),
        (
            lambda: check(lambda x, y: x.sum(), (X[:0], np.full(2, np.inf)), lambda x, y: (x, y)),
            (
                "there is nothing to differentiate by: x is empty, of float64, y is not finite at "
                "[0]; at least one argument should hold an array of floating-point numbers, all of "
                "them finite"
            ),
        ),
        (
            lambda: check(total, (X,), slope, rtol=-1.0),
            "rtol should be a number from 0 up, and is -1.0",
        ),
        (
            lambda: check(total, (X.astype(np.longdouble),), slope),
            "x is float128; the dtypes that can be judged are float64, float32, float16, bfloat16",
        ),
        (lambda: check(total, (np.array([1, np.nan]),), slope), "x is nan at [1]"),
        (
            lambda: check(lambda x: None, (X,), slope),
            (
                "the function returns nothing; it should return an array of floating-point "
                "numbers, or a tuple or dict of arrays"
            ),
        ),
        (
            lambda: check(lambda x: {"n": np.arange(2)}, (X,), slope),
            (
                "the function returns no floating-point numbers: out['n'] is of int64; it should "
                "return an array of floating-point numbers, or a tuple or dict of arrays"
            ),
        ),
        (
            lambda: check(lambda x: (x, np.log(x - 2)), (X,), slope),
            (
                "the function is nan at the arguments given, at [0] of out[1]; they should lie "
                "inside its domain"
            ),
        ),
        (
            lambda: check(lambda x: x @ x[:2], (X,), slope),
            re.compile("the function raised ValueError at the arguments given: matmul: .*"),
        ),
        (
            lambda: check(lambda x: x * x, (X,), slope),
            (
                "grad is for a function that returns one number, and this returns out of shape "
                "(3,); give vjp= instead"
            ),
        ),
        (
            lambda: check(lambda x, y: total(x) + total(y), (X, X), lambda x, y: (x, x, x)),
            (
                "grad returns 3 gradients for 2 arguments; it should return one for each, and None "
                "where there is none"
            ),
        ),
        (
            lambda: check(lambda p: total(p["w"]), ({"w": X},), lambda p: {"b": X}),
            "what grad returns is no tree like the arguments: p['b'] is too much",
        ),
        (
            lambda: check(total, (X,), lambda x: {"x": 2 * x}),
            "the gradient of x is a dict, and should be a ndarray",
        ),
        (
            lambda: check(total, (X,), vjp=lambda c, x: "2x"),
            "the gradient of x is a str, and should be a ndarray",
        ),
        (
            lambda: check(total, (X,), lambda x: None),
            "no gradient is given for any of the arguments",
        ),
        (lambda: check(total, (X,), slope, order=3), "order should be 1 or 2, and is 3"),
        (
            lambda: check(total, (X,), slope, oracles=["guesswork"]),
            re.compile("there is no oracle 'guesswork'; there are: ball_arithmetic, .*"),
        ),
        (
            lambda: check(total, (X,), slope, reference=lambda x: x),
            "the reference returns {'out': (3,)}, and the function returns {'out': ()}",
        ),
    ],
)
def test_bad_input_gets_one_sentence(call: Any, sentence: Any) -> None:
    """And no traceback of somebody else's."""
    with pytest.raises(InvalidInput) as caught:
        call()
    text = str(caught.value)
    assert sentence.fullmatch(text) if isinstance(sentence, re.Pattern) else text == sentence
    assert "\n" not in text


@pytest.mark.parametrize(
    ("grad", "sentence"),
    [
        (lambda x: 2 * x[:2], "its gradient has shape (2,), not (3,)"),
        (lambda x: 2 * x[None], "its gradient has shape (1, 3), not (3,)"),
        (lambda x: (2 * x).astype("float32"), "its gradient has dtype float32, not float64"),
        (lambda x: 1 / 0, "the gradient raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_gradient_that_is_no_gradient_disagrees(grad: Any, sentence: str) -> None:
    """Another shape, another dtype, an exception: findings, each in a sentence."""
    verdict = check(total, (X,), grad)
    assert verdict.status == "disagree"
    assert sentence in {f.comparison.reason for f in verdict.findings}
    assert sentence in str(verdict)


def test_an_argument_that_is_changed_is_a_finding() -> None:
    """Whoever changes it."""

    def forward(x: Any) -> Any:
        x *= 2
        return np.sum(x)

    verdict = check(forward, (X.copy(),), lambda x: np.full_like(x, 2))
    assert "the call changed this argument" in {f.comparison.reason for f in verdict.findings}


def test_an_error_that_is_raised_is_told_once() -> None:
    """Though the oracles and the battery both meet it."""
    told = str(check(lambda x: x * x, (X,), vjp=lambda c, x: c[5] * x))
    assert told.count("IndexError") == 1
    told = str(check(lambda x: x * x, (X,), vjp=lambda c, x: 1 / 0))
    assert told.count("ZeroDivisionError") == 1
