"""Programs of JAX are compiled once, and shared only by those who do the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.jax
jax = pytest.importorskip("jax")

from clinometer.frameworks import jax_programs  # noqa: E402
from clinometer.frameworks.jax_programs import Compiled  # noqa: E402

jnp = jax.numpy
X = np.array([0.5, -0.0, 2.0], dtype="float32")


def compilations(*functions: Callable[[Any], Any]) -> int:
    """How many programs are compiled for them, each of which is right."""
    before = jax_programs._compiled.cache_info().misses
    for function in functions:
        np.testing.assert_array_equal(Compiled(function)(X), function(X))
    return jax_programs._compiled.cache_info().misses - before


def scaled(by: Any) -> Callable[[Any], Any]:
    return lambda x: jnp.tanh(x) * by


def custom(slope: float) -> Callable[[Any], Any]:
    """A function whose derivative is no part of it."""
    made = jax.custom_vjp(lambda x: x * 3)
    made.defvjp(lambda x: (x * 3, x), lambda x, g: (slope * g,))
    return made


def test_the_same_program_is_compiled_once() -> None:
    """Whatever arrays stand in it, and whatever its derivative is."""
    assert compilations(scaled(np.arange(3.0)), scaled(np.arange(3.0) + 1)) == 1
    assert compilations(custom(3.0), custom(4.0)) == 1


def test_what_differs_is_compiled_by_itself() -> None:
    """A number, its sign where it is zero, a setting, the place of a number, a branch."""
    assert compilations(lambda x: x * 3.5, lambda x: x * 4.5) == 2
    assert compilations(lambda x: jnp.copysign(x, 0.0), lambda x: jnp.copysign(x, -0.0)) == 2
    assert compilations(lambda x: x[1:2], lambda x: x[2:3]) == 2
    assert compilations(lambda x: x - jnp.exp(x), lambda x: jnp.exp(x) - x) == 2
    branches = [
        lambda x, f=f: jax.lax.cond(x[0] > 0, f, lambda x: x, x) for f in (jnp.cos, jnp.sin)
    ]
    assert compilations(*branches) == 2
    one = Compiled(scaled(2.0))
    before = jax_programs._compiled.cache_info().misses
    for dtype in ("float32", "float16", "float32"):
        assert one(X.astype(dtype)).dtype == dtype
    assert jax_programs._compiled.cache_info().misses == before + 2


def test_callbacks_are_shared_by_nobody() -> None:
    """For what they do cannot be seen."""

    def through(code: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: jax.pure_callback(code, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    assert compilations(through(lambda x: x + 1), through(lambda x: x + 2)) == 2


def test_derivatives_are_shared_only_if_they_are_the_same() -> None:
    """Those by hand are part of the gradient's program."""
    functions = [custom(slope) for slope in (3.0, 3.0, 4.0)]
    assert compilations(*(jax.grad(lambda x, f=f: f(x).sum()) for f in functions)) == 2


def test_each_seed_has_errors_of_its_own() -> None:
    """Small ones, from the program that another has compiled."""
    first, second = Compiled(scaled(1.5)), Compiled(scaled(1.5))
    exact = first(X)
    erring = [f.stochastic(np.uint32(seed), X) for f, seed in ((first, 1), (second, 1), (first, 2))]
    np.testing.assert_array_equal(erring[0], erring[1])
    assert np.any(erring[0] != erring[2])
    for sample in erring:
        assert np.all(np.abs(sample - exact) <= 8 * np.finfo("float32").eps * np.abs(exact))
