"""Embedding and positional encoding, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad.kernels import SETS, kernel, kernel_set, rounded


@pytest.mark.parametrize("name", SETS)
def test_rows_of_repeated_tokens_gather_all_their_cotangents(name: str) -> None:
    """The token 2 stands three times, 0 once and 1 nowhere."""
    load, embedding = kernel_set(name).load, kernel(name, "embedding")
    tokens, weight = np.array([[2, 0], [2, 2]]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    y, cache = embedding.forward(load(tokens), load(weight))
    assert np.asarray(y).tolist() == [[[5, 6], [1, 2]], [[5, 6], [5, 6]]]
    dy = np.array([[[1.0, 0.0], [7.0, 8.0]], [[0.5, 2.0], [0.25, 4.0]]])
    dx, dweight = embedding.backward(load(dy), cache)
    assert dx is None
    assert np.asarray(dweight).tolist() == [[7.0, 8.0], [0.0, 0.0], [1.75, 6.0]]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("tokens", [[0, -1], [3, 0], [0.0, 1.0], [True, False]])
def test_tokens_without_a_row_are_refused_in_a_sentence(name: str, tokens: list[int]) -> None:
    """NumPy takes negative ones from the end, and truth values as a mask."""
    load = kernel_set(name).load
    with pytest.raises(ValueError, match="tokens must be integers from 0 to 2"):
        kernel(name, "embedding").forward(load(np.array(tokens)), load(np.ones((3, 2))))


@pytest.mark.parametrize("name", SETS)
def test_many_repeats_of_16_bits_add_up(name: str) -> None:
    """One by one, float16 would stay at 2048."""
    load, embedding = kernel_set(name).load, kernel(name, "embedding")
    tokens, weight = np.zeros(5000, dtype=int), np.ones((1, 1), dtype=np.float16)
    _, cache = embedding.forward(load(tokens), load(weight))
    _, dweight = embedding.backward(load(np.ones((5000, 1), dtype=np.float16)), cache)
    assert kernel_set(name).unload(rounded(dweight, weight), np.float16) == 5000


@pytest.mark.parametrize("name", SETS)
def test_positions_are_told_by_sines_and_cosines(name: str) -> None:
    """Four features have the wavelengths 2π and 200π; the last of an odd number is a sine."""
    load, encoding = kernel_set(name).load, kernel(name, "positional_encoding")
    y, cache = encoding.forward(load(np.zeros((1, 3, 4))))
    waves = [[math.sin(t), math.cos(t), math.sin(t / 100), math.cos(t / 100)] for t in range(3)]
    np.testing.assert_allclose(np.asarray(y), [waves], rtol=1e-14)
    y, _ = encoding.forward(load(np.ones((2, 2, 3))))
    last = math.sin(10_000 ** (-2 / 3))
    np.testing.assert_allclose(np.asarray(y)[:, 1] - 1, [[math.sin(1), math.cos(1), last]] * 2)
    (dx,) = encoding.backward(load(np.arange(12.0).reshape(1, 3, 4)), cache)
    assert np.asarray(dx).ravel().tolist() == list(range(12))


def test_positions_in_16_bits_are_rounded_once() -> None:
    """The table is made in double precision: at place 500 sixteen bits hold no angle."""
    x = np.zeros((1, 501, 6), dtype=np.float16)
    y, _ = kernel("vectorised", "positional_encoding").forward(x)
    exact, _ = kernel("vectorised", "positional_encoding").forward(x.astype(np.float64))
    np.testing.assert_array_equal(rounded(y, x), exact.astype(np.float16))
