"""The laws of the cotangent: each is broken once and seen, and what is right breaks none."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinometer.battery.arithmetic import MULTIPLES, wide
from clinometer.battery.cotangents import added, constant, drawn, scaled
from clinometer.dtypes import DTYPES
from tests.reference.implementations import (
    JaxImplementation,
    NumPyImplementation,
    TorchImplementation,
    elementwise,
    reasons,
    trial_of,
)

X = np.random.default_rng(0).normal(size=(4, 3))
SIGN = "the gradient for -g is not minus the gradient for g"
FACTOR = "the gradient for 1024 g is not 1024 times the gradient for g"
SUM = "the gradient for g + h is not the sum of the gradients for g and h"
ZERO = "the gradient for a zero cotangent is not zero"


@pytest.mark.parametrize(
    ("reason", "backward"),
    [
        (SIGN, lambda g, x: np.abs(g) * np.cos(x)),
        (SIGN, lambda g, x: np.maximum(g, 0) * np.cos(x)),
        (SIGN, lambda g, x: g * g * np.cos(x)),
        (SIGN, lambda g, x: np.cos(x)),
        (FACTOR, lambda g, x: np.clip(g, -1, 1) * np.cos(x)),
        (FACTOR, lambda g, x: g * np.cos(x) * min(1, 100 / np.linalg.norm(g))),
        (FACTOR, lambda g, x: np.sign(g) * np.cos(x)),
        (SUM, lambda g, x: np.where(np.abs(g) < np.median(np.abs(g)), 0, g) * np.cos(x)),
        (SUM, lambda g, x: g * np.cos(x) * np.linalg.norm(g) / np.abs(g).max()),
        (ZERO, lambda g, x: g / np.linalg.norm(g) * np.linalg.norm(g) * np.cos(x)),
        ("the gradient is NaN for a finite cotangent", lambda g, x: g * np.sqrt(-1.0 - x * x)),
    ],
)
def test_a_backward_pass_that_is_not_linear_is_seen(reason: str, backward: Any) -> None:
    """Absolute value, ReLU, square, cotangent ignored, clipped, pruned, normalised; NaN."""
    found = reasons(trial_of(elementwise(np.sin, backward), x=X))
    assert ("x", "cotangents", reason) in found
    assert {witness for _, witness, _ in found} == {"cotangents"}


@pytest.mark.parametrize("backward", [abs, lambda g: g * g, lambda g: 1.0 + 0 * g])
def test_a_single_output_hides_nothing(backward: Any) -> None:
    """Where random cotangents that are positive by chance would let |g| pass."""
    for seed in range(10):
        wrong = NumPyImplementation(
            lambda a: (
                {"y": np.sum(a["x"] ** 2)},
                lambda c: {"x": 2 * a["x"] * backward(c["y"])},
            )
        )
        assert ("x", "cotangents", SIGN) in reasons(trial_of(wrong, x=X, seed=seed))


@pytest.mark.torch
@pytest.mark.parametrize("right", [True, False])
def test_undefined_cotangents_are_tried(right: bool) -> None:
    """A function that takes None for a cotangent has to take it for zero."""
    import torch

    class SineAndCosine(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x)
            return torch.sin(x), torch.cos(x)

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            (x,) = ctx.saved_tensors
            g, h = (torch.zeros_like(x) if c is None else c for c in cotangents)
            if cotangents[1] is None and not right:
                return g
            return g * torch.cos(x) - h * torch.sin(x)

    found = reasons(trial_of(TorchImplementation(_pair(SineAndCosine.apply)), x=X))
    reason = (
        "the gradients for the cotangent of y alone, the others undefined (None), and for the "
        "others alone do not add up"
    )
    assert found == (set() if right else {("x", "cotangents", reason)})


def _pair(function: Any) -> Any:
    return lambda a: dict(zip("yz", function(a["x"]), strict=True))


@pytest.mark.torch
def test_a_cotangent_of_a_detached_output_is_no_breach_in_the_others() -> None:
    """Two outputs, each of which moves one argument alone."""
    found = trial_of(TorchImplementation(lambda a: {"y": 2 * a["x"], "z": a["w"] ** 2}), x=X, w=X)
    assert not found.comparisons


RIGHT: dict[str, Any] = {
    "sine": lambda f, a: f.sin(a["x"]),
    "product": lambda f, a: a["x"] @ a["w"],
    "kinks": lambda f, a: f.maximum(f.round(2 * a["x"]), 0 * a["x"]) @ a["w"],
    "cancelling": lambda f, a: (a["x"] @ a["w"]) - (a["x"] @ a["w"]).mean(),
    "softmax": lambda f, a: f.exp(a["x"]) / f.exp(a["x"]).sum(1)[:, None],
    "scalar": lambda f, a: ((a["x"] @ a["w"]) ** 2).mean(),
    "view": lambda f, a: a["x"].T,
    "fixed mask": lambda f, a: a["x"] * (a["x"] > 0.5) * 2,
}


@pytest.mark.torch
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", RIGHT)
def test_pytorch_keeps_the_laws_in_every_dtype(name: str, dtype: str) -> None:
    """Rounding is told from what is not linear, in 16 bits as in 64, for any size."""
    import torch

    implementation = TorchImplementation(lambda a: {"y": RIGHT[name](torch, a)})
    for seed, (n, i, o) in enumerate([(4, 3, 2), (17, 9, 6), (40, 64, 33)]):
        random = np.random.default_rng(seed)
        x, w = (random.normal(size=shape).astype(dtype) for shape in ((n, i), (i, o)))
        trial = trial_of(implementation, x=x, w=w, seed=seed)
        assert trial.comparisons == ()
        assert trial.untried == ()
        assert trial.forwards <= 4
        assert trial.backwards <= 15


@pytest.mark.jax
@pytest.mark.parametrize("name", RIGHT)
def test_jax_keeps_the_laws(name: str) -> None:
    """In float32 and bfloat16; its arrays have no layouts."""
    import jax.numpy as jnp

    for dtype in (np.float32, ml_dtypes.bfloat16):
        x, w = X.astype(dtype), X.T.astype(dtype)
        trial = trial_of(JaxImplementation(lambda a: {"y": RIGHT[name](jnp, a)}), x=x, w=w)
        assert trial.comparisons == ()


@pytest.mark.jax
def test_a_custom_vjp_that_is_not_linear_is_seen() -> None:
    """As the guided backpropagation of a ReLU."""
    import jax
    import jax.numpy as jnp

    @jax.custom_vjp
    def relu(x: Any) -> Any:
        return jnp.maximum(x, 0)

    relu.defvjp(lambda x: (relu(x), x), lambda x, g: (jnp.maximum(g, 0) * (x > 0),))
    trial = trial_of(JaxImplementation(lambda a: {"y": relu(a["x"])}), x=X.astype("float32"))
    assert reasons(trial) == {("x", "cotangents", SIGN)}


@pytest.mark.torch
def test_complex_numbers_keep_the_laws_and_a_lost_part_breaks_them() -> None:
    """A pullback is linear in real factors whatever the convention; |Re g| is not."""
    import torch

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, z: Any) -> Any:
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (z,) = ctx.saved_tensors
            return torch.complex(g.real.abs(), g.imag) * 2 * z.conj()

    z = X + 1j * X[::-1]
    right = TorchImplementation(lambda a: {"y": a["z"] ** 2 / (1 + a["z"])})
    assert trial_of(right, z=z).comparisons == ()
    assert ("z", "cotangents", SIGN) in reasons(
        trial_of(TorchImplementation(lambda a: {"y": Square.apply(a["z"])}), z=z)
    )


def test_what_is_infinite_is_left_to_the_oracles() -> None:
    """The slope of a square root at 0 is infinite, and 0 · ∞ no breach."""
    x = np.array([0.0, 1.0, 4.0])
    assert trial_of(elementwise(np.sqrt, lambda g, x: g / (2 * np.sqrt(x))), x=x).comparisons == ()


@pytest.mark.parametrize(
    ("underflows", "dtype"), [(True, "float16"), (False, "float16"), (False, "float64")]
)
def test_what_underflows_is_told_from_what_is_clipped(underflows: bool, dtype: str) -> None:
    """By the same in double precision, where nothing underflows; a threshold is there too."""

    def backward(g: Any, x: Any) -> Any:
        if underflows:
            return g * x.dtype.type(2.0**-12) * x.dtype.type(2.0**-10) * x.dtype.type(2.0**10)
        return np.where(np.abs(g) < 0.5, 0, g) * x.dtype.type(2.0**-12)

    forward = lambda x: x * x.dtype.type(2.0**-12)  # noqa: E731
    trial = trial_of(elementwise(forward, backward), x=X.astype(dtype))
    if underflows:
        assert trial.comparisons == ()
        assert trial.untried == ()
        assert trial.forwards == 4  # one of them in double precision
    else:
        factor = "16" if dtype == "float16" else "1024"
        reason = f"the gradient for {factor} g is not {factor} times the gradient for g"
        assert reasons(trial) == {("x", "cotangents", reason)}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_sums_of_logarithms_are_linear_but_for_their_last_digits(dtype: str, off: float) -> None:
    """As where exp(log |g| + x) stands for g exp(x); what grows with the logarithm is none."""

    def backward(g: Any, x: Any) -> Any:
        logarithm = np.log(np.abs(g))
        return np.sign(g) * np.exp(logarithm * x.dtype.type(1 + off) + x)

    random = np.random.default_rng(0)
    trial = trial_of(elementwise(np.exp, backward), x=random.normal(size=40).astype(dtype))
    assert reasons(trial) == ({("x", "cotangents", FACTOR)} if off else set())


@given(
    dtype=st.sampled_from(DTYPES),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)),
    seed=st.integers(0, 2**32),
)
def test_one_row_that_is_not_linear_is_seen_and_none_is_not(
    dtype: str, shape: tuple[int, int, int], seed: int
) -> None:
    """A matrix product of any shape; in the wrong one, |g| in a single row."""
    random = np.random.default_rng(seed)
    n, i, o = shape
    x, w = (random.normal(size=s).astype(dtype) for s in ((n, i), (i, o)))

    def product(backward: Any) -> Any:
        return NumPyImplementation(
            lambda a: (
                {"y": (a["x"] @ a["w"]).astype(dtype)},
                lambda c: {
                    "x": (backward(c["y"]) @ a["w"].T).astype(dtype),
                    "w": (a["x"].T @ c["y"]).astype(dtype),
                },
            )
        )

    def wrong(g: Any) -> Any:
        return np.concatenate([np.abs(g[:1]), g[1:]])

    assert trial_of(product(lambda g: g), x=x, w=w, seed=seed).comparisons == ()
    found = trial_of(product(wrong), x=x, w=w, seed=seed).comparisons
    assert {c.array for c in found if c.status == "disagree"} == {"x"}
    assert all(c.index[0] == 0 for c in found if c.status == "disagree")


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_overflows_is_told_and_no_breach(dtype: str) -> None:
    """A gradient near the greatest number cannot be held for the sum of two cotangents."""
    much = float(ml_dtypes.finfo(dtype).max)
    x = (np.array([0.8, 0.9, 2.0**-12]) * much).astype(dtype)
    bilinear = elementwise(lambda x: x / 4, lambda g, x: g * x)
    trials = [trial_of(bilinear, x=x, seed=seed) for seed in range(8)]
    assert all(trial.comparisons == () for trial in trials)
    told = {sentence for trial in trials for sentence in trial.untried}
    assert told == {f"some elements of the gradient of x: {dtype} overflows"}


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounding_excuses_no_more_than_rounding(dtype: str) -> None:
    """A backward pass that halves small cotangents keeps all laws but the sum, in 16 bits too."""
    size = np.random.default_rng(0).normal(size=(30, 3)).astype(dtype)

    def backward(g: Any, x: Any) -> Any:
        half = np.where(np.abs(g) < np.median(np.abs(g.astype(float))), 0.5, 1).astype(dtype)
        return half * g * x

    forward = lambda x: x * x / x.dtype.type(2)  # noqa: E731
    found = reasons(trial_of(elementwise(forward, backward), x=size))
    assert ("x", "cotangents", SUM) in found
    assert reasons(trial_of(elementwise(forward, lambda g, x: g * x), x=size)) == set()


@given(dtype=st.sampled_from([*DTYPES, "complex64", "complex128"]), seed=st.integers(0, 2**32))
def test_sums_and_multiples_of_cotangents_are_exact(dtype: str, seed: int) -> None:
    """So that what differs afterwards is the backward pass's."""
    random, like = np.random.default_rng(seed), {"y": np.zeros((40, 5), dtype=dtype)}
    g, h = drawn(like, random), constant(like, random)
    assert g["y"].dtype == h["y"].dtype == like["y"].dtype
    assert np.array_equal(wide(added(g, h)["y"]), wide(g["y"]) + wide(h["y"]))
    for factor in (*MULTIPLES, -1024.0 if dtype != "float16" else -16.0):
        assert np.array_equal(wide(scaled(g, factor)["y"]), factor * wide(g["y"]))
    parts = [wide(g["y"]).real, wide(g["y"]).imag] if "complex" in dtype else [wide(g["y"])]
    for part in parts:
        assert 60 < np.count_nonzero(part > 0) < 140
        assert np.all(part != 0)
    assert len(np.unique(h["y"])) == 1
