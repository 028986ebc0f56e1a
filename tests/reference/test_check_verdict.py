"""What `check` says: power that is kept to, a ledger, a table, and a budget."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import clinometer
from clinometer import check

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=4), RNG.normal(size=(4, 3))


def layer(x: Any, w: Any) -> Any:
    return np.tanh(x @ w)


def layer_vjp(c: Any, x: Any, w: Any) -> Any:
    d = c * (1 - np.tanh(x @ w) ** 2)
    return w @ d, np.outer(x, d)


def wrong_at(index: tuple[int, int], by: float) -> Any:
    """The gradient of the weight with an error in one element."""

    def vjp(c: Any, x: Any, w: Any) -> Any:
        dx, dw = layer_vjp(c, x, w)
        error = np.zeros(W.shape)
        error[index] = by
        return dx, dw + error

    return vjp


def slow_layer(x: Any, w: Any) -> Any:
    """The same in plain floats, whose arithmetic does not show."""
    out = np.zeros(3)
    for j in range(3):
        out[j] = np.tanh(sum(float(x[i]) * float(w[i, j]) for i in range(4)))
    return out


@pytest.mark.parametrize("function", [layer, slow_layer])
@pytest.mark.parametrize("index", [(0, 0), (2, 1), (3, 2)])
def test_the_power_stated_is_kept_to(function: Any, index: tuple[int, int]) -> None:
    """An error as large as stated, in any element, is seen."""
    right = check(function, (X, W), vjp=layer_vjp)
    assert right.status == "agree"
    smallest = right.power.arrays["w"].element
    assert 0 < smallest < 1e-7
    for by in (smallest, -smallest):
        assert check(function, (X, W), vjp=wrong_at(index, by)).arrays["w"] == "disagree"


def test_power_is_less_where_the_function_hides_its_arithmetic() -> None:
    """And says so."""
    shown, hidden = (check(f, (X, W), vjp=layer_vjp).power.arrays["w"] for f in (layer, slow_layer))
    assert shown.element < 1e-14
    assert 1e-11 < hidden.element < 1e-7
    assert (shown.miss, hidden.miss) == (0, 1e-6)
    assert hidden.witness == "directional_probes"


def test_faults_put_into_the_gradient_are_counted_one_by_one() -> None:
    """Each array, each fault; those that change nothing are left out."""
    power = check(layer, (X, W), vjp=layer_vjp).power
    found = {(kill.array, kill.fault): kill.caught for kill in power.kills}
    assert all(found.values())
    assert set(found) == {
        (array, fault)
        for array in ("x", "w")
        for fault in (
            "scaled by 1.01", "sign flipped", "one element zeroed", "two elements swapped",
            "transposed", "times the batch size", "cotangent ignored", "stale input",
            "batch sum lost",
        )
        if (array, fault) != ("x", "transposed")
    }  # fmt: skip


def test_faults_that_would_have_been_missed_are_named() -> None:
    """Here the slopes of one array drown in another's."""

    def drowned(x: Any, y: Any) -> Any:
        return float(np.sum(np.sin(x))) * 1e9 + float(np.sum(np.sin(y)) * 1e-7)

    def grad(x: Any, y: Any) -> Any:
        return np.cos(x) * 1e9, np.cos(y) * 1e-7

    verdict = check(drowned, (X, X + 1), grad=grad)
    assert verdict.arrays["x"] == "agree"
    assert verdict.arrays["y"] == "inconclusive"
    assert "y" not in verdict.power.arrays
    missed = [kill for kill in verdict.power.kills if not kill.caught]
    assert {kill.array for kill in missed} == {"y"}


@pytest.mark.parametrize(
    ("function", "grad"),
    [
        (lambda x: np.sum(0 * x), lambda x: 0 * x),
        (lambda x: np.sum(np.floor(x)), lambda x: 0 * x),
        (lambda x: np.float64(3.0), lambda x: 0 * x),
    ],
)
def test_where_nothing_could_be_caught_nothing_agrees(function: Any, grad: Any) -> None:
    """A function that is constant here."""
    verdict = check(function, (X,), grad=grad)
    assert verdict.status == "inconclusive"
    assert verdict.reason.startswith("vacuous")
    assert verdict.arrays == {"x": "inconclusive"}
    assert "vacuous" in str(verdict)


def test_a_wrong_gradient_of_a_constant_is_no_vacuous_matter() -> None:
    """Zero is right there, and nothing else."""
    assert check(lambda x: np.sum(0 * x), (X,), grad=lambda x: x).status == "disagree"


def test_the_ledger_names_what_was_not_checked() -> None:
    """Outputs without a derivative, arguments without a gradient, kinks, refusals."""

    def function(x: Any, scale: Any, i: Any) -> Any:
        return {"y": np.maximum(x, 0)[i] * scale, "i": i}

    def vjp(c: Any, x: Any, scale: Any, i: Any) -> Any:
        dx = np.zeros_like(x)
        np.add.at(dx, i, c["y"] * scale)
        return dx * (x > 0), None, None

    args = np.array([0.0, 1.0, 2.0]), np.array(2.0), np.array([0, 1, 1])
    verdict = check(function, args, vjp=vjp)
    assert verdict.status == "agree"
    assert verdict.ledger == {
        "scale": "no gradient is given for it",
        "out['i']": "it has no derivative: it is of int64",
        "x on a kink": "1 of its slopes, each of which may be any between two sides",
    }
    strict = check(function, args, vjp=vjp, strict=True)
    assert strict.status == "inconclusive"
    assert "strict: 3 things were not checked" in str(strict)
    assert check(layer, (X, W), vjp=layer_vjp, strict=True).status == "agree"


def test_a_refusal_is_in_the_ledger() -> None:
    """With the oracle's own words."""
    verdict = check(slow_layer, (X, W), vjp=layer_vjp, oracles=["complex_step"])
    assert verdict.status == "inconclusive"
    assert "complex_step" in verdict.ledger


def test_other_points_show_what_this_one_does_not() -> None:
    """Indices that are repeated, signs that are not here."""

    def gather(x: Any, i: Any) -> Any:
        return x[i]

    def overwrites(c: Any, x: Any, i: Any) -> Any:
        dx = np.zeros_like(x)
        dx[i] = dx[i] + c
        return dx, None

    def adds(c: Any, x: Any, i: Any) -> Any:
        dx = np.zeros_like(x)
        np.add.at(dx, i, c)
        return dx, None

    args = X, np.array([0, 2])
    assert check(gather, args, vjp=overwrites).status == "agree"
    explored = check(gather, args, vjp=overwrites, explore=True)
    assert explored.arrays == {"x": "agree", "x at repeated indices": "disagree"}
    assert check(gather, args, vjp=adds, explore=True).status == "agree"


def test_points_outside_the_domain_are_left_out_and_named() -> None:
    """As other signs are for a logarithm."""
    verdict = check(lambda x: np.sum(np.log(x)), (np.abs(X),), grad=lambda x: 1 / x, explore=True)
    assert verdict.status == "agree"
    assert verdict.ledger["at other signs"] == "the function is nan there"


def test_rtol_asks_for_less_and_the_verdict_says_so() -> None:
    """And for no less than that."""

    def rough(c: Any, x: Any, w: Any) -> Any:
        return tuple(g * 1.001 for g in layer_vjp(c, x, w))

    assert check(layer, (X, W), vjp=rough).status == "disagree"
    forgiven = check(layer, (X, W), vjp=rough, rtol=0.01)
    assert forgiven.status == "agree"
    assert "within the rtol=0.01 given" in str(forgiven)
    assert check(layer, (X, W), vjp=rough, rtol=1e-4).status == "disagree"


def test_a_small_function_is_called_at_most_120_times() -> None:
    """Whether right or wrong, in one array or several, with shown or hidden arithmetic."""
    calls = 0

    def counted(function: Any) -> Any:
        def call(x: Any, w: Any) -> Any:
            nonlocal calls
            calls += 1
            return function(x, w)

        return call

    for function in (layer, slow_layer):
        for vjp in (layer_vjp, wrong_at((1, 1), 0.1)):
            for dtype in ("float64", "float32"):
                calls = 0
                args = X.astype(dtype), W.astype(dtype)
                verdict = check(counted(function), args, vjp=vjp)
                assert 10 < verdict.evaluations <= 120, (function, dtype, calls)
                assert verdict.evaluations + verdict.explaining == calls
                assert bool(verdict.explaining) == (verdict.status == "disagree")


def test_the_table_says_what_is_wrong_where() -> None:
    """And how much would have been seen."""
    verdict = check(layer, (X, W), vjp=wrong_at((2, 1), 0.5))
    text = str(verdict)
    assert text.startswith("layer: disagree (float64, ")
    (line,) = (line for line in text.splitlines() if "complex_step says" in line)
    assert line.startswith("w: element [2, 1] is ")
    assert repr(verdict) == f"<{verdict.title}>"
    assert "of 17 faults put into this gradient, this run would have caught 17" in str(
        check(layer, (X, W), vjp=layer_vjp)
    )


def test_the_notebook_shows_the_same_and_escapes_names() -> None:
    """Which may hold anything."""
    html = check(
        lambda p: p["<b>"] * 2.0, ({"<b>": X},), vjp=lambda c, p: {"<b>": 2 * c}
    )._repr_html_()
    assert "agree" in html
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_the_enclosure_holds_the_gradient() -> None:
    """With proof, where the code takes balls."""
    middle, radius = check(layer, (X, W), vjp=layer_vjp).enclosure["w"]
    assert np.all(radius < 1e-15)
    assert middle.shape == W.shape


def test_assert_gradients_raises_with_the_table() -> None:
    """Or gives the verdict."""
    assert clinometer.assert_gradients(layer, (X, W), vjp=layer_vjp).status == "agree"
    with pytest.raises(AssertionError, match=r"w: element \[1, 1\] is "):
        clinometer.assert_gradients(layer, (X, W), vjp=wrong_at((1, 1), 0.1))


def test_neither_import_nor_check_loads_a_framework() -> None:
    """That the user has not loaded."""
    program = """
import sys, numpy as np, clinometer
assert {"torch", "jax", "rich", "hypothesis"}.isdisjoint(sys.modules)
verdict = clinometer.check(lambda x: np.sum(np.sin(x)), (np.arange(3.0),), np.cos)
assert verdict.status == clinometer.check(np.sum, (np.ones(3),), np.ones_like).status == "agree"
print(verdict)
assert {"torch", "jax", "hypothesis"}.isdisjoint(sys.modules), set(sys.modules) & {"hypothesis"}
"""
    subprocess.run([sys.executable, "-c", program], check=True)
