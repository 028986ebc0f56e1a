"""From what a user hands over to a problem: cotangents, trees, dtypes, what is asked of whom."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from clinometer import check
from clinometer.adapters.numpy import Hidden
from clinometer.adapters.objective import cotangent
from clinometer.adapters.trial import SUBJECT, put_on_trial
from clinometer.plan import plan
from clinometer.problem import FrameworkCode

X = np.random.default_rng(0).normal(size=4)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [1, 2, 50])
def test_no_cotangent_hides_what_a_backward_pass_does_to_it(seed: int, size: int) -> None:
    """Of numbers exact in 8 bits, one is below -1, and none is 1 or zero."""
    c = cotangent("out", np.zeros(size), seed)
    assert np.array_equal(c, c.astype(ml_dtypes.bfloat16).astype(float))
    assert np.min(c) < -1
    assert np.all((np.abs(c) >= 0.5) & (np.abs(c) <= 2.5) & (np.abs(c) != 1))
    for wrong in (np.abs, np.sign, np.square, lambda g: np.clip(g, -1, 1), np.ones_like):
        assert not np.array_equal(wrong(c), c)
    assert not np.array_equal(c, cotangent("out", np.zeros(size), seed + 1))
    assert np.iscomplexobj(cotangent("out", np.zeros(size, complex), seed))


Pair = namedtuple("Pair", "left right")  # noqa: PYI024 # what users have


@dataclass
class Layer:
    """Weights among other things."""

    w: Any
    name: str


def tree_function(p: Any, scale: float) -> Any:
    w = p["layers"][0].w
    return {"sum": (p["pair"].left * p["pair"].right, w.sum()), "n": 3}, scale * w


def tree_vjp(factor: float) -> Any:
    def vjp(c: Any, p: Any, scale: float) -> Any:
        both, dw = c
        product, total = both["sum"]
        left, right = p["pair"]
        w = factor * scale * dw + total
        return (
            {
                "pair": Pair(product * right, product * left),
                "layers": [Layer(w, None)],
                "n": None,
            },
            None,
        )

    return vjp


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_trees_go_in_and_out(factor: float) -> None:
    """Of dictionaries, lists, tuples, named tuples and dataclasses, with other things in them."""
    p = {"pair": Pair(X, X + 1), "layers": [Layer(X - 1, "dense")], "n": 7}
    verdict = check(tree_function, (p, 0.5), vjp=tree_vjp(factor))
    assert verdict.arrays == {
        "p['pair'].left": "agree",
        "p['pair'].right": "agree",
        "p['layers'][0].w": "agree" if factor == 1 else "disagree",
    }
    assert verdict.ledger == {"out[0]['n']": "it has no derivative: it is a int"}


def test_what_is_held_follows_the_dtype() -> None:
    """So that a constant in half precision does not limit what is known of the formula."""
    table = np.linspace(0, 1, 4, dtype="float32")
    verdict = check(
        lambda x, table: np.sum(x * table), (X.astype("float32"), table), lambda x, t: (t, None)
    )
    assert verdict.status == "agree"
    assert verdict.ledger == {"table": "no gradient is given for it"}


def test_mixed_dtypes_are_judged_in_the_widest() -> None:
    """And the ledger says whose rounding was not."""

    def grad(x: Any, y: Any) -> Any:
        return y.astype(x.dtype), x.astype(y.dtype)

    verdict = check(lambda x, y: np.sum(x * y), (X, X.astype("float32")), grad)
    assert (verdict.status, verdict.dtype) == ("agree", "float64")
    assert verdict.ledger == {"y": "its rounding: it is judged in float64"}


def test_code_that_is_made_for_one_dtype_is_judged_in_it() -> None:
    """What it returns in another is not held against it; in its own, it is."""

    def pinned(x: Any) -> Any:
        return (2 * x).astype("float32")

    total = lambda x: np.sum(x * x)  # noqa: E731
    assert check(total, (X.astype("float32"),), pinned).status == "agree"
    assert check(total, (X,), pinned).status == "disagree"


def test_the_point_is_the_one_given() -> None:
    """To 50 bits, or exactly in a narrower dtype; large offsets do not become ties."""
    near = 1e8 + np.array([0.0, 0.25, 1.0])
    problem = put_on_trial(np.max, (near,), np.ones_like).problem
    assert np.allclose(problem.arguments["a"], near, rtol=2**-49, atol=0)
    assert len(set(problem.arguments["a"])) == 3
    narrow = put_on_trial(np.max, (X.astype("float16"),), np.ones_like).problem
    assert np.array_equal(narrow.arguments["a"], X.astype("float16").astype(float))


def in_floats(x: Any) -> float:
    return float(sum(float(number) ** 2 for number in x))


def test_functions_that_take_no_balls_are_found_out() -> None:
    """Where numbers become floats unseen, no oracle is asked that would be led astray by it."""
    shown = put_on_trial(lambda x: np.sum(x * x), (X,), lambda x: 2 * x).problem
    assert not isinstance(shown.function, FrameworkCode)
    assert list(plan(shown, SUBJECT)) == ["ball_arithmetic", "complex_step"]
    hidden = put_on_trial(in_floats, (X,), lambda x: 2 * x).problem
    assert isinstance(hidden.function, Hidden)
    assert isinstance(hidden.gradients[SUBJECT], Hidden)
    assert list(plan(hidden, SUBJECT)) == ["directional_probes"]
    tiny = put_on_trial(in_floats, (X[:1],), lambda x: 2 * x).problem
    assert list(plan(tiny, SUBJECT)) == ["finite_difference"]
    assert list(plan(shown, SUBJECT, ["finite_difference"])) == ["finite_difference"]
    assert list(plan(shown, SUBJECT, (), 60)) == ["ball_arithmetic"]


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_code_that_takes_numpys_own_arrays_alone(factor: float) -> None:
    """As compiled code may: its arguments err at random in arrays of that class."""

    def own(x: Any) -> Any:
        if type(x) is not np.ndarray:
            raise TypeError("it takes plain arrays")
        return np.sum(np.sin(x))

    verdict = check(own, (X,), lambda x: factor * np.cos(x))
    assert verdict.status == ("agree" if factor == 1 else "disagree")


def test_answers_from_memory_are_those_of_the_same_point_and_dtype() -> None:
    """And never those of a call that changed its arguments."""
    calls = []

    def code(arguments: Any) -> Any:
        calls.append(arguments["x"].dtype)
        return float(arguments["x"].sum())

    function = Hidden(code)
    for x in (X, X.copy(), X + 1, X.astype("float32"), X + 1):
        assert function({"x": x}) == float(x.sum())
    assert calls == [X.dtype, X.dtype, np.float32]

    def changing(arguments: Any) -> Any:
        calls.append(0)
        arguments["x"] += 1
        return 0.0

    function, calls = Hidden(changing), []
    for _ in range(3):
        function({"x": X.copy()})
    assert len(calls) == 3


@pytest.mark.parametrize(("factor", "status"), [(1, "agree"), (2, "disagree")])
def test_an_argument_may_be_called_value(factor: float, status: str) -> None:
    """As what the function returns is called here."""
    verdict = check(
        lambda q, value: np.sum(q * value), (X, X + 1), lambda q, value: (factor * value, q)
    )
    assert verdict.arrays == {"q": status, "args.value": "agree"}
    verdict = check(lambda value: value * value, (np.array(3.0),), lambda value: 2 * factor * value)
    assert verdict.arrays == {"args.value": status}


@pytest.mark.parametrize("collect", [np.stack, np.array, np.hstack])
@pytest.mark.parametrize("factor", [2, 2.001])
def test_numbers_may_be_put_into_an_array_one_by_one(collect: Any, factor: float) -> None:
    """Then balls are, too."""
    verdict = check(
        lambda x: collect([number * number for number in x]),
        (np.array([0.5, -1.5, 2.5]),),
        vjp=lambda c, x: factor * c * x,
    )
    assert verdict.status == ("agree" if factor == 2 else "disagree")
    assert "ball_arithmetic" in verdict.witnesses


def test_an_output_that_is_lost_on_balls_is_told_in_a_sentence() -> None:
    """As of a function that makes integers of them."""

    def lost(x: Any) -> Any:
        return np.zeros(2, dtype=int) if x.dtype == object else x * x

    verdict = check(lost, (np.array([0.5, -1.5]),), vjp=lambda c, x: 2 * c * x)
    assert verdict.status == "agree"
    why = "out is no array of the numbers that the arguments hold"
    assert verdict.ledger["ball_arithmetic"] == f"the function does not run on balls: {why}"
