"""PyTorch and JAX code before `check`: trees, dtypes, complex numbers, references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import InvalidInput, check

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jnp = jax.numpy

DTYPES = ("float64", "float32", "float16", "bfloat16")


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


class Scaled(torch.autograd.Function):
    """factor · x · w, where the backward pass may take another factor."""

    factor = 2.0

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return 2 * x * w

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, w = ctx.saved_tensors
        return Scaled.factor * g * w, 2 * g * x


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("factor", [2.0, 2.015625])
def test_a_function_of_pytorch_in_every_dtype(
    dtype: str, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of a hundredth is seen in 8 bits as well; the leaves have the author's names."""
    monkeypatch.setattr(Scaled, "factor", factor)
    args = (torch.tensor(numbers(5)).to(getattr(torch, dtype)) for _ in range(2))
    verdict = check(Scaled.apply, tuple(args))
    wrong = "agree" if factor == 2 else "disagree"
    assert verdict.arrays == {"x": wrong, "w": "agree"}
    assert (verdict.function, verdict.dtype) == ("Scaled", dtype)


def custom(factor: float) -> Any:
    @jax.custom_vjp
    def scaled(p: Any) -> Any:
        return {"y": 2 * p["x"] * p["w"]}

    scaled.defvjp(
        lambda p: (scaled(p), p),
        lambda p, g: (
            {"x": (factor * g["y"] * p["w"]).astype(p["x"].dtype), "w": 2 * g["y"] * p["x"]},
        ),
    )
    return scaled


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("factor", [2.0, 2.015625])
def test_a_function_of_jax_in_every_dtype(dtype: str, factor: float) -> None:
    """Likewise, on a tree."""
    with jax.enable_x64(True):
        params = {n: jnp.asarray(numbers(3, seed=k), dtype) for k, n in enumerate("xw")}
    verdict = check(custom(factor), (params,))
    wrong = "agree" if factor == 2 else "disagree"
    assert verdict.arrays == {"p['w']": "agree", "p['x']": wrong}
    assert verdict.dtype == dtype


class Bad(torch.nn.Module):
    """A module whose layer has a wrong backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(numbers(4, seed=1)))

    def forward(self, x: Any) -> Any:
        return Scaled.apply(x, self.w)


def test_a_wrong_layer_in_a_module_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the argument whose gradient it is."""
    assert check(Bad(), (torch.tensor(numbers(4)),)).status == "agree"
    monkeypatch.setattr(Scaled, "factor", 2.0001)
    assert check(Bad(), (torch.tensor(numbers(4)),)).arrays == {"w": "agree", "x": "disagree"}


@pytest.mark.parametrize("factor", [2.0, 2.1])
def test_small_code_is_called_at_most_120_times(
    factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether right or wrong, in modules of several arrays too."""
    monkeypatch.setattr(Scaled, "factor", factor)

    class Gate(torch.nn.Linear):
        def forward(self, x: Any) -> Any:
            y = super().forward(x)
            return Scaled.apply(self.bias.expand_as(y), y)

    module = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Tanh(), Gate(4, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
    )
    verdict = check(module, (torch.tensor(numbers(5, 3)).float(),))
    wrong = [name for name, status in verdict.arrays.items() if status == "disagree"]
    assert wrong == ([] if factor == 2 else ["2.bias"])
    assert verdict.evaluations <= 120
    x = jnp.asarray(numbers(3), jnp.float32)
    assert check(custom(factor), ({"x": x, "w": x + 1},)).evaluations <= 120


@pytest.mark.parametrize("conjugated", [True, False])
def test_complex_gradients_of_pytorch_by_its_convention(conjugated: bool) -> None:
    """∂L/∂Re z + i ∂L/∂Im z: the derivative's conjugate times the cotangent."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, z: Any) -> Any:
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (z,) = ctx.saved_tensors
            return 2 * (z.conj() if conjugated else z) * g

    z = torch.tensor(numbers(3) + 1j * numbers(3, seed=1))
    verdict = check(Square.apply, (z,))
    assert set(verdict.arrays) == {"z.real", "z.imag"}
    assert verdict.status == ("agree" if conjugated else "disagree")


@pytest.mark.parametrize(
    "function",
    [
        lambda z, w: z @ w,
        lambda z, w: z.conj() @ w,
        lambda z, w: z.conj().imag @ w.real,
        lambda z, w: torch.exp(z) / w,
    ],
)
def test_stochastic_arithmetic_moves_complex_numbers_by_their_last_digits(function: Any) -> None:
    """Those that are marked as conjugates or as negatives too."""
    from clinometer.frameworks.torch_rounding import stochastic

    z, w = (torch.tensor(numbers(3, 3, seed=k) + 1j * numbers(3, 3, seed=k + 2)) for k in (0, 1))
    exact = function(z, w)
    with stochastic(0):
        moved = function(z, w)
    error = torch.max(torch.abs(moved - exact) / torch.max(torch.abs(exact)))
    assert 0 < error < 1e-14


@pytest.mark.parametrize("conjugated", [False, True])
def test_complex_gradients_of_jax_by_its_convention(conjugated: bool) -> None:
    """∂L/∂Re z - i ∂L/∂Im z: the derivative itself times the cotangent."""
    square = jax.custom_vjp(lambda z: z * z)
    square.defvjp(lambda z: (z * z, z), lambda z, g: (2 * (jnp.conj(z) if conjugated else z) * g,))
    z = jnp.asarray(numbers(3) + 1j * numbers(3, seed=1), jnp.complex64)
    assert check(square, (z,)).status == ("disagree" if conjugated else "agree")


@pytest.mark.parametrize("conjugated", [True, False])
def test_complex_gradients_of_numpy_by_pytorchs_convention(conjugated: bool) -> None:
    """As the direction of steepest ascent."""

    def vjp(c: Any, z: Any) -> Any:
        return 2 * (np.conj(z) if conjugated else z) * c

    z = numbers(3) + 1j * numbers(3, seed=1)
    assert check(lambda z: z * z, (z,), vjp=vjp).status == ("agree" if conjugated else "disagree")


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(x))


@pytest.mark.parametrize(
    ("reference", "witness"),
    [
        (softplus, "reference"),
        (torch.nn.functional.softplus, "torch_autograd"),
        (jax.nn.softplus, "jax_grad"),
    ],
)
def test_a_reference_of_any_library_is_one_more_witness(reference: Any, witness: str) -> None:
    """And one that is another function disagrees, in value and gradient."""
    vjp = lambda c, x: c / (1 + np.exp(-x))  # noqa: E731 # of softplus
    verdict = check(softplus, (numbers(4),), vjp=vjp, reference=reference)
    assert verdict.status == "agree"
    assert verdict.witnesses[witness] == "agree"
    other = check(softplus, (numbers(4),), vjp=vjp, reference=lambda x: 2 * reference(x))
    assert other.arrays == {"value": "disagree", "x": "disagree"}


def test_a_backward_pass_by_hand_on_tensors() -> None:
    """As NumPy's: from the cotangent and the arguments."""
    x, w = torch.tensor(numbers(2, 3)), torch.tensor(numbers(3, 2))

    def vjp(c: Any, x: Any, w: Any) -> Any:
        return c @ w.T, x.T @ c

    assert check(torch.matmul, (x, w), vjp=vjp).status == "agree"
    wrong = check(torch.matmul, (x, w), vjp=lambda c, x, w: (c @ w.T, -(x.T @ c)))
    assert list(wrong.arrays.values()) == ["agree", "disagree"]


def test_a_gradient_that_autograd_does_not_give_counts_as_zero() -> None:
    """Which is right only where the function does not depend on the argument."""
    x, y = torch.tensor(numbers(3)), torch.tensor(numbers(3, seed=1))
    assert check(lambda x, y: x * x, (x, y)).arrays == {"x": "agree", "y": "agree"}
    assert check(lambda x, y: x * y.detach(), (x, y)).arrays == {"x": "agree", "y": "disagree"}


@pytest.mark.parametrize("factor", [1, 1.001])
def test_a_product_by_hand_is_on_trial_too(factor: float) -> None:
    """By the adjoint identity and by differences."""
    args = numbers(3), numbers(3, 2, seed=1)
    verdict = check(
        lambda x, w: x @ w,
        args,
        vjp=lambda c, x, w: (w @ c, np.outer(x, c)),
        jvp=lambda t, x, w: t[0] @ w + factor * (x @ t[1]),
    )
    wrong = "agree" if factor == 1 else "disagree"
    assert list(verdict.arrays.values()) == ["agree", "agree", "agree", wrong]
    (adjoint,) = (
        c for c in verdict.comparisons if (c.array, c.witness) == ("jvp along w", "adjoint")
    )
    assert adjoint.status == wrong


class TwiceWrong(torch.autograd.Function):
    """x³, right once: the derivative of its backward pass is lost on the way."""

    lost = True

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * g * ((x.detach() if TwiceWrong.lost else x) ** 2)


def test_second_derivatives_are_on_trial_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of PyTorch and JAX through the code, and of code by hand their symmetry."""
    x = torch.tensor(numbers(4))
    assert check(TwiceWrong.apply, (x,)).status == "agree"
    assert check(TwiceWrong.apply, (x,), order=2).arrays == {"x": "agree", "H u of x": "disagree"}
    monkeypatch.setattr(TwiceWrong, "lost", False)
    assert check(TwiceWrong.apply, (x,), order=2).status == "agree"
    assert (
        check(lambda x: jnp.sin(x) * x[::-1], (jnp.asarray(numbers(3)),), order=2).status == "agree"
    )
    by_hand = check(lambda x: x**3, (numbers(4),), vjp=lambda c, x: 3 * c * x * x, order=2)
    assert by_hand.arrays == {"x": "agree", "⟨Hu, v⟩ = ⟨u, Hv⟩": "agree"}
    mixed = check(
        lambda x: x[0] * x[1],
        (numbers(2),),
        vjp=lambda c, x: c * np.stack([2 * x[1], x[0]]),
        order=2,
    )
    assert mixed.arrays["⟨Hu, v⟩ = ⟨u, Hv⟩"] == "disagree"


def test_a_reference_that_takes_no_library_is_bad_input() -> None:
    """With what each said."""
    with pytest.raises(
        InvalidInput, match="the reference takes arrays of no library: numpy Attribute"
    ):
        check(np.sum, (numbers(3),), np.ones_like, reference=lambda x: x.no + len(None))
