"""Points at the edge of a function's domain, beyond which it raises an error, before `check`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import InvalidInput, check

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
jnp = jax.numpy
cross_entropy = torch.nn.functional.binary_cross_entropy

RNG = np.random.default_rng(0)
P, LABELS = RNG.uniform(0.1, 0.9, (4, 3)), RNG.integers(2, size=(4, 3)).astype(float)


def power(x: Any) -> Any:
    """Of non-negative numbers alone."""
    if (x < 0).any():
        raise ValueError("there is a negative number")
    return (x**1.5).sum()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_labels_at_the_edge_leave_the_rest_to_be_judged(dtype: str) -> None:
    """Beyond 0 and 1 PyTorch takes no labels, so that no difference tells of those."""
    p, labels = (torch.tensor(a, dtype=getattr(torch, dtype)) for a in (P[:2], LABELS[:2]))
    verdict = check(cross_entropy, (p, labels))
    assert verdict.arrays == {"input": "agree", "target": "inconclusive"}
    assert "between 0 and 1" in "".join(verdict.ledger.values())
    assert check(lambda p: cross_entropy(p, labels), (p,)).status == "agree"


class Doubled(torch.autograd.Function):
    """Cross entropy, and twice its gradient by the probabilities."""

    @staticmethod
    def forward(ctx: Any, p: Any, labels: Any) -> Any:
        ctx.save_for_backward(p, labels)
        return cross_entropy(p, labels)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        p, labels = ctx.saved_tensors
        return 2 * g * (p - labels) / (p * (1 - p)) / p.numel(), None


def test_a_wrong_gradient_is_seen_beside_an_argument_at_the_edge() -> None:
    """And what is wrong with it."""
    verdict = check(Doubled.apply, (torch.tensor(P[:2]), torch.tensor(LABELS[:2])))
    assert verdict.arrays["p"] == "disagree"
    assert verdict.arrays["labels"] == "inconclusive"


@pytest.mark.parametrize("array", [np.array, torch.tensor])
@pytest.mark.parametrize("edge", [0.0, 1e-6])
def test_functions_that_raise_nearby_are_inconclusive_at_worst(array: Any, edge: float) -> None:
    """Whichever oracle calls them there, and wherever a finding is explained."""
    x = array([edge, 1.0, 2.0])
    assert check(power, (x,), lambda x: 1.5 * x**0.5).status in {"agree", "inconclusive"}
    wrong = check(power, (x,), lambda x: 1.6 * x**0.5)
    assert wrong.status in {"disagree", "inconclusive"}


def test_a_random_key_of_jax_is_held_fixed() -> None:
    """As integers are; it is no array that NumPy takes."""

    def noisy(key: Any, x: Any) -> Any:
        return x * jax.random.normal(key, x.shape, x.dtype)

    key = {"key": [jax.random.key(0)]}
    with jax.enable_x64(True):
        verdict = check(lambda k, x: noisy(k["key"][0], x), (key, jnp.ones(3)))
    assert verdict.arrays == {"x": "agree"}


@pytest.mark.parametrize(
    ("args", "library"),
    [
        ((torch.ones(3), jnp.ones(3)), "JAX"),
        ((jnp.ones(3), torch.ones(3)), "JAX"),
        ((torch.ones(3), np.ones(3)), "NumPy"),
    ],
)
def test_arguments_of_two_libraries_get_a_sentence(args: Any, library: str) -> None:
    """PyTorch takes no arrays of others."""
    with pytest.raises(InvalidInput, match=f"args holds an array of {library} beside code of Py"):
        check(lambda x, y: x * y, args)
