"""The attention at points where the values are known, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from handgrad.kernels import kernel, kernel_set

SETS = pytest.mark.parametrize("name", ["vectorised", "looped"])


def run(name: str, arrays: list[Any], dy: Any, **settings: Any) -> list[Any]:
    """Output and gradients, as arrays."""
    chosen, numbers = kernel(name, "attention"), kernel_set(name)
    y, cache = chosen.forward(*(numbers.load(np.array(a)) for a in arrays), **settings)
    gradients = chosen.backward(numbers.load(np.array(dy)), cache)
    return [np.asarray(result) for result in (y, *gradients)]


def plain(x: Any, *memory: Any) -> list[Any]:
    """Attention of which every projection leaves its input as it is."""
    one, zero = np.eye(len(x[0][0])), np.zeros(len(x[0][0]))
    return [x, one, zero, one, zero, one, zero, one, zero, *memory]


@SETS
def test_one_query_by_hand(name: str) -> None:
    """The query 1 weighs the keys 0 and log 3 as 1 to 3: y = 3/4 log 3.

    P is (1/4, 3/4), so that dS = P ∘ (dP - ⟨dP, P⟩) = (-3/16, 3/16) log 3, where dP are the
    values themselves.
    """
    key = math.log(3)
    results = run(name, plain([[[1.0]]], [[0.0], [key]]), [[[1.0]]], heads=1, causal=False)
    ds = 3 / 16 * key
    np.testing.assert_allclose(results[0], [[[0.75 * key]]])
    np.testing.assert_allclose(results[1], [[[ds * key]]])
    np.testing.assert_allclose(results[-1], [[0.25 - ds], [0.75 + ds]])


@SETS
def test_scale_is_that_of_one_head(name: str) -> None:
    """Two heads of 4 features divide by √4: scores of 4 a / 2, where a = log(3) / 2."""
    x, a = np.ones((1, 1, 8)), math.log(3) / 2
    memory = np.array([[0.0] * 8, [a] * 8])
    y = run(name, plain(x, memory), x, heads=2, causal=False)[0]
    np.testing.assert_allclose(y, np.full((1, 1, 8), 0.75 * a))


@SETS
def test_heads_do_not_mix(name: str) -> None:
    """Each head has weights of its own: (1/4, 3/4) in the first, (1/2, 1/2) in the second."""
    key = math.log(3)
    y = run(
        name, plain([[[1.0, 0.0]]], [[0.0, 0.0], [key, 8.0]]), [[[1.0, 1.0]]], heads=2, causal=False
    )[0]
    np.testing.assert_allclose(y, [[[0.75 * key, 4.0]]])


@SETS
@pytest.mark.parametrize(
    ("queries", "means"), [(4, [0.0, 1.0, 2.0, 3.0]), (2, [2.0, 3.0]), (1, [3.0])]
)
def test_last_query_sees_the_last_key(name: str, queries: int, means: list[float]) -> None:
    """Queries of 0 take the plain mean of what they see, here of 0, 2, 4 and 6."""
    x, memory = np.zeros((1, queries, 1)), np.array([[0.0], [2.0], [4.0], [6.0]])
    y = run(name, plain(x, memory), x, heads=1, causal=True)[0]
    np.testing.assert_allclose(y[0, :, 0], means)


@SETS
def test_hidden_keys_have_no_weight_and_no_gradient(name: str) -> None:
    """Not even where their scores overflow every exponential."""
    memory = np.array([[0.5], [1e200], [-0.5]])
    settings = {"heads": 1, "causal": False, "mask": np.array([[1.0, 0.0, 1.0]])}
    results = run(name, plain([[[1.0]]], memory), [[[1.0]]], **settings)
    seen = run(name, plain([[[1.0]]], memory[[0, 2]]), [[[1.0]]], heads=1, causal=False)
    np.testing.assert_array_equal(results[-1][1], [0.0])
    np.testing.assert_array_equal(results[-1][[0, 2]], seen[-1])
    np.testing.assert_array_equal(results[0], seen[0])


@SETS
def test_weights_of_large_scores_are_finite(name: str) -> None:
    """The largest score is taken off before the exponential."""
    results = run(name, plain([[[40.0]]], [[40.0], [41.0]]), [[[1.0]]], heads=1, causal=False)
    assert all(np.isfinite(result).all() for result in results)
    np.testing.assert_allclose(results[0], [[[41 - math.exp(-40)]]])


@SETS
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"heads": 2}, "3 features cannot be shared out among 2 heads"),
        ({"mask": np.ones((1, 3))}, "must hold 2 numbers for each of 1 samples"),
        ({"mask": np.zeros((1, 2))}, "there is a query that sees no key"),
        ({"causal": True}, "there is a query that sees no key"),
    ],
)
def test_refusals_are_sentences(name: str, settings: dict[str, Any], sentence: str) -> None:
    """Of heads that are not equal, a mask of another shape, and queries that see nothing."""
    arrays = plain(np.ones((1, 3, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=sentence):
        run(name, arrays, np.ones((1, 3, 3)), **{"heads": 1, "causal": False} | settings)
