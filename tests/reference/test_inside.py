"""Activations in the midst of a function: they are found, and their wrong derivatives named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check
from clinometer.adapters.numpy import WatchedArray
from clinometer.diagnosis.mistakes.derivatives import ACTIVATIONS, instead

RNG = np.random.default_rng(0)
X, W, B, V = (RNG.normal(size=shape) for shape in ((6, 3), (3, 4), 4, (4, 2)))

#: What may stand in place of the activation's derivative, as it is told.
TOLD = {
    "missing": lambda z, c: np.ones_like(z),
    "there twice": lambda z, c: (1 - np.tanh(z) ** 2) ** 2,
    "taken at the output": lambda z, c: 1 - np.tanh(np.tanh(z)) ** 2,
    "taken at the cotangent": lambda z, c: 1 - np.tanh(c) ** 2,
    "the function itself": lambda z, c: np.tanh(z),
    "the formula for the output, taken at the input": lambda z, c: 1 - z * z,
    "taken for 1 - y": lambda z, c: 1 - np.tanh(z),
    "that of sigmoid": lambda z, c: np.exp(-z) / (1 + np.exp(-z)) ** 2,
}


def hidden_layer(x: Any, w: Any, b: Any, v: Any) -> Any:
    return np.tanh(x @ w + b) @ v


def by_hand(slope: Any) -> Any:
    """Its backward pass, with that in place of the hyperbolic tangent's derivative."""

    def vjp(c: Any, x: Any, w: Any, b: Any, v: Any) -> Any:
        z = x @ w + b
        dz = (c @ v.T) * slope(z, c @ v.T)
        return dz @ w.T, x.T @ dz, dz.sum(axis=0), np.tanh(z).T @ c

    return vjp


def mistakes(verdict: Any) -> dict[str, str]:
    """The likeliest for each array that is wrong."""
    return {finding.array: str(finding.mistakes[0]) for finding in verdict.findings}


@pytest.mark.parametrize("what", TOLD)
def test_a_wrong_derivative_inside_is_named(what: str) -> None:
    """In every array that it spoils, and nothing is said of the others."""
    verdict = check(hidden_layer, (X, W, B, V), vjp=by_hand(TOLD[what]))
    found = mistakes(verdict)
    assert set(found) == {"x", "w", "b"}
    assert found["w"] == f"the derivative of tanh inside is {what}"
    assert all(sentence.startswith(found["w"]) for sentence in found.values())


def test_the_right_derivative_inside_is_right() -> None:
    """So that it was the change above that was told."""
    right = by_hand(lambda z, c: 1 - np.tanh(z) ** 2)
    assert check(hidden_layer, (X, W, B, V), vjp=right).status == "agree"


def test_what_no_derivative_explains_is_not_laid_to_one() -> None:
    """A weight's gradient from a wrong input, say."""

    def vjp(c: Any, x: Any, w: Any, b: Any, v: Any) -> Any:
        dx, _, db, dv = by_hand(lambda z, c: 1 - np.tanh(z) ** 2)(c, x, w, b, v)
        dz = (c @ v.T) * (1 - np.tanh(x @ w + b) ** 2)
        return dx, np.abs(x).T @ dz, db, dv

    (finding,) = check(hidden_layer, (X, W, B, V), vjp=vjp).findings
    assert finding.array == "w"
    assert not any("inside" in str(mistake) for mistake in finding.mistakes)


def test_of_several_the_wrong_one_is_named() -> None:
    """By its number, in the order in which they are computed; and a function of pieces is one."""

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def function(x: Any, w: Any, u: Any) -> Any:
        return np.sum(sigmoid(np.tanh(np.tanh(x @ w) @ u)))

    def grad(x: Any, w: Any, u: Any) -> Any:
        a = np.tanh(x @ w)
        b = np.tanh(a @ u)
        db = sigmoid(b) * (1 - sigmoid(b))
        dz = db * np.ones_like(b)  # where 1 - b² should be
        return (dz @ u.T * (1 - a * a)) @ w.T, x.T @ (dz @ u.T * (1 - a * a)), a.T @ dz

    found = mistakes(check(function, (X, W, RNG.normal(size=(4, 4))), grad))
    assert found == dict.fromkeys("xwu", "the derivative of tanh number 2 inside is missing")


def torch_layer() -> tuple[Any, Any]:
    """A sigmoid layer whose own backward pass takes 1 - y for y (1 - y), and its arguments."""
    torch = pytest.importorskip("torch")

    class Layer(torch.autograd.Function):  # type: ignore[misc,name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any, b: Any) -> Any:
            y = torch.sigmoid(x @ w + b)
            ctx.save_for_backward(x, w, y)
            return y

        @staticmethod
        def backward(ctx: Any, c: Any) -> Any:
            x, w, y = ctx.saved_tensors
            dz = c * (1 - y)
            return dz @ w.T, x.T @ dz, dz.sum(0)

    def function(x: Any, w: Any, b: Any, v: Any) -> Any:
        return Layer.apply(x, w, b) @ v

    return function, tuple(torch.tensor(array) for array in (X, W, B, V))


def jax_layer() -> tuple[Any, Any]:
    """The same in JAX."""
    jax = pytest.importorskip("jax")

    @jax.custom_vjp  # type: ignore[untyped-decorator]
    def layer(x: Any, w: Any, b: Any) -> Any:
        return jax.nn.sigmoid(x @ w + b)

    def forward(x: Any, w: Any, b: Any) -> Any:
        y = layer(x, w, b)
        return y, (x, w, y)

    def backward(kept: Any, c: Any) -> Any:
        x, w, y = kept
        dz = c * (1 - y)
        return dz @ w.T, x.T @ dz, dz.sum(0)

    layer.defvjp(forward, backward)

    def function(x: Any, w: Any, b: Any, v: Any) -> Any:
        return layer(x, w, b) @ v

    return function, tuple(jax.numpy.asarray(array, "float32") for array in (X, W, B, V))


@pytest.mark.parametrize("layer", [torch_layer, jax_layer])
def test_frameworks_operations_are_watched_too(layer: Any) -> None:
    """Those inside code with a derivative of its own among them."""
    found = mistakes(check(*layer()))
    assert found["w"] == "the derivative of sigmoid inside is taken for 1 - y"


def test_code_that_cannot_be_watched_is_explained_without() -> None:
    """Whatever it raises."""

    def function(x: Any) -> Any:
        if isinstance(x, WatchedArray):
            raise TypeError("no arrays of that kind")
        return np.sum(np.tanh(2 * x))

    (finding,) = check(function, (X,), lambda x: -2 / np.cosh(2 * x) ** 2).findings
    assert "sign" in str(finding.mistakes[0])


def test_every_activation_has_derivatives_that_are_not_its_own() -> None:
    """Of the plainest mistakes, at a point where they differ."""
    z, c = RNG.normal(size=20), RNG.normal(size=20)
    for name, activation in ACTIVATIONS.items():
        plain = [slope for _, slope in list(instead(activation, name, z, c))[:3]]
        assert any(not np.allclose(slope, activation.slope(z)) for slope in plain), name
