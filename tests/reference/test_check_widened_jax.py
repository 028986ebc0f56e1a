"""JAX functions of narrow numbers that draw random ones, and bring arrays of their own along."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from clinometer import check

pytestmark = pytest.mark.jax
jax = pytest.importorskip("jax")
jnp, lax, random = jax.numpy, jax.lax, jax.random
traced = import_module("clinometer.frameworks.jax_widening").traced

KEY = random.key(0)
X = random.normal(KEY, (4, 3))
W = random.normal(random.key(1), (3, 3))
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "normal": lambda x: x + random.normal(KEY, x.shape) * jnp.exp(x),
    "own dtype": lambda x: jnp.sin(x * random.uniform(KEY, x.shape, x.dtype)),
    "dropout": lambda x: jnp.where(random.bernoulli(KEY, 0.7, x.shape), x / 0.7, 0.0),
    "gumbel": lambda x: jax.nn.softmax(x + random.gumbel(KEY, x.shape)),
    "categorical": lambda x: jnp.take_along_axis(x**3, random.categorical(KEY, x)[:, None], 1),
    "integers": lambda x: jnp.sin(x)[random.randint(KEY, (5,), 0, 4)],
    "constants": lambda x: jax.nn.gelu(x + random.normal(KEY, x.shape), approximate=False),
    "captured": lambda x: jnp.tanh(x @ W),
    "converted": lambda x: jax.nn.softmax(x.astype(jnp.float32) @ W),
    "carried": lambda x: lax.scan(lambda h, v: (jnp.tanh(h + v @ W), h), jnp.zeros(3, "f4"), x),
    "drawn in a loop": lambda x: lax.fori_loop(
        0, 3, lambda n, h: jnp.sin(h * random.normal(random.fold_in(KEY, n), x.shape)), x
    ),
    "branch": lambda x: lax.cond(
        random.uniform(KEY) > 0.5, jnp.sin, lambda x: x * random.normal(KEY, x.shape), x
    ),
    "vmap": lambda x: jax.vmap(lambda k, v: v * random.normal(k, (3,)))(random.split(KEY, 4), x),
    "remat": jax.checkpoint(lambda x: jnp.sin(jnp.tanh(x @ W) * random.normal(KEY, x.shape))),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_right_gradient_agrees(function: Callable[[Any], Any]) -> None:
    assert check(function, (X,)).status == "agree"


@pytest.mark.parametrize("name", ["normal", "captured", "carried"])
def test_a_wrong_one_is_seen(name: str) -> None:
    function = FUNCTIONS[name]
    wrong = jax.custom_vjp(function)
    wrong.defvjp(lambda x: (function(x), x), lambda x, g: (1.01 * jax.vjp(function, x)[1](g)[0],))
    assert check(wrong, (X,)).arrays == {"x": "disagree"}


def scaled(backward: float) -> Any:
    """A third of the argument, which is converted to float32, and somebody's derivative of it."""
    function = jax.custom_vjp(lambda x: jnp.sin(x.astype(jnp.float32) / 3))
    function.defvjp(
        lambda x: (function(x), x.astype(jnp.float32)),
        lambda x, g: ((g * jnp.cos(x / 3) * backward),),
    )
    return function


def test_constants_that_are_rounded_inside_accuse_nobody() -> None:
    verdict = check(scaled(1 / 3), (X,))
    assert verdict.status == "inconclusive"
    assert "constants" in str(verdict)
    assert check(scaled(1.01 / 3), (X,)).arrays == {"x": "disagree"}


def test_a_call_back_into_python_gets_numbers_of_the_dtype_that_it_expects() -> None:
    def function(x: Any) -> Any:
        kind = jax.ShapeDtypeStruct(x.shape, jnp.float32)
        return x * jax.pure_callback(lambda a: a * 2, kind, jnp.ones(x.shape, jnp.float32))

    with jax.enable_x64(True):
        program = traced(function, (np.ones(2),), "float32", False)
        assert [v.aval.dtype for v in program.closed.jaxpr.outvars] == [np.float64]
    assert check(function, (X,)).status != "disagree"


def test_the_bits_of_random_numbers_are_those_of_the_own_dtype() -> None:
    def function(x: Any) -> Any:
        return random.uniform(KEY, x.shape, x.dtype)

    with jax.enable_x64(True):
        program = traced(function, (np.ones(5),), "float32", False).closed
        (wide,) = jax.extend.core.jaxpr_as_fun(program)(np.ones(5))
    assert wide.dtype == np.float64
    np.testing.assert_array_equal(wide, function(jnp.ones(5)))


def test_a_function_may_take_its_own_dtype_alone() -> None:
    def function(x: Any) -> Any:
        if x.dtype != jnp.float32:
            raise TypeError("it should be float32")
        return jnp.sin(x)

    assert check(function, (X,)).status == "agree"


def _dense(weight: Any) -> tuple[Any, Any]:
    """A layer and its backward pass, both of which capture the weight."""

    def function(x: Any) -> Any:
        return jnp.tanh(x @ weight)

    def vjp(cotangent: Any, x: Any) -> Any:
        return ((cotangent * (1 - jnp.tanh(x @ weight) ** 2)) @ weight.T,)

    return function, vjp


@pytest.mark.parametrize("by_hand", [False, True])
def test_arrays_in_float64_are_narrow_to_a_function_without_64_bits(by_hand: bool) -> None:
    """And the function takes them afterwards as it did before."""
    x = jnp.linspace(-1, 1, 12, dtype=jnp.float32).reshape(4, 3)
    function, vjp = _dense(np.random.default_rng(0).normal(size=(3, 2)))
    assert check(function, (x,), vjp=vjp if by_hand else None).status == "agree"
    assert function(x).dtype == jnp.float32


def test_a_wrong_gradient_is_seen_beside_arrays_in_float64() -> None:
    """By a hundred-thousandth."""
    x = jnp.linspace(-1, 1, 12, dtype=jnp.float32).reshape(4, 3)
    function, vjp = _dense(np.random.default_rng(0).normal(size=(3, 2)))
    wrong = check(function, (x,), vjp=lambda cotangent, x: (vjp(cotangent, x)[0] * 1.00001,))
    assert wrong.status == "disagree"
