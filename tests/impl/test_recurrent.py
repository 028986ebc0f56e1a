"""The recurrent layers at points where the values are known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from handgrad.kernels import kernel, kernel_set
from handgrad.vectorised import _small

SETS = pytest.mark.parametrize("name", ["vectorised", "looped"])
HALF, THIRD = math.atanh(0.5), math.log(0.5)  # tanh of the one is 1/2, σ of the other 1/3


def run(name: str, kind: str, arrays: list[Any], dy: Any, **settings: Any) -> list[Any]:
    """Output and gradients, as arrays."""
    chosen, numbers = kernel(name, kind), kernel_set(name)
    y, cache = chosen.forward(*(numbers.load(np.array(a)) for a in arrays), **settings)
    gradients = chosen.backward(numbers.load(np.array(dy)), cache)
    return [np.asarray(result) for result in (y, *gradients)]


def close(results: list[Any], *expected: Any, rtol: float = 1e-14) -> None:
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value, rtol=rtol, atol=1e-16)


@SETS
@pytest.mark.parametrize("reverse", [False, True])
def test_rectified_steps_by_hand(name: str, reverse: bool) -> None:
    """Of 2 x + 3 h' + 1 from h₀ = 1 the steps 1, -2 and 4 give 6, 15 and 54, all positive.

    dh₃ = 1, dh₂ = 10 + 3, dh₁ = 100 + 39. In reverse all stands the other way round.
    """
    x, dy, y, dx = [1.0, -2.0, 4.0], [100.0, 10.0, 1.0], [6.0, 15.0, 54.0], [278.0, 26.0, 2.0]
    if reverse:
        x, dy, y, dx = x[::-1], dy[::-1], y[::-1], dx[::-1]
    arrays = [[[[v] for v in x]], [[2.0]], [[3.0]], [1.0], [1.0]]
    results = run(name, "rnn", arrays, [[[v] for v in dy]], activation="relu", reverse=reverse)
    dweight, drecurrent, dbias = 139 - 26 + 4, 139 * 1 + 13 * 6 + 15, 139 + 13 + 1
    expected = [[[v] for v in y]], [[[v] for v in dx]]
    close(results, *expected, [[dweight]], [[drecurrent]], [dbias], [139 * 3])


@SETS
def test_rectifier_is_flat_at_the_kink(name: str) -> None:
    """Where a step gives exactly 0, nothing goes back through it."""
    arrays = [[[[-1.0], [2.0]]], [[1.0]], [[1.0]], [0.0], [1.0]]
    results = run(name, "rnn", arrays, [[[5.0], [1.0]]], activation="relu", reverse=False)
    close(results, [[[0.0], [2.0]]], [[[0.0], [1.0]]], [[2.0]], [[0.0]], [1.0], [0.0])


@SETS
def test_initial_state_belongs_to_every_sample(name: str) -> None:
    """h₁ = tanh(x + h₀) is 1/2 in both samples, so that dh₀ = (1 + 10) (1 - 1/4)."""
    arrays = [[[[HALF]], [[HALF]]], [[1.0]], [[1.0]], [0.0], [0.0]]
    results = run(name, "rnn", arrays, [[[1.0]], [[10.0]]], activation="tanh", reverse=False)
    np.testing.assert_allclose(results[0], np.full((2, 1, 1), 0.5))
    np.testing.assert_allclose(results[-1], [8.25])


@SETS
def test_gates_of_a_memory_cell_stand_in_the_order_i_f_g_o(name: str) -> None:
    """With 1/2, 1/3, 1/2 and 3/4 the cell 3 becomes c = 1/3 · 3 + 1/2 · 1/2, and h = 3/4 tanh c."""
    bias = [0.0, THIRD, HALF, math.log(3)]
    arrays = [[[[0.0]]], [[0.0] * 4], [[0.0] * 4], bias, [0.0], [3.0]]
    results = run(name, "lstm", arrays, [[[1.0]]], reverse=False)
    squashed = math.tanh(1.25)
    dc = 0.75 * (1 - squashed**2)
    da = [dc * 0.5 / 4, dc * 3 * 2 / 9, dc * 0.5 * 0.75, squashed * 3 / 16]
    np.testing.assert_allclose(results[0], [[[0.75 * squashed]]])
    np.testing.assert_allclose(results[4], da)
    np.testing.assert_allclose(results[-1], [dc / 3])


@SETS
def test_gates_of_a_gated_unit_stand_in_the_order_r_z_n(name: str) -> None:
    """With 1/2, 1/3 and n = tanh(0 + 1/2 · 2 atanh 1/2) the state 3 becomes 2/3 · 1/2 + 1/3 · 3.

    The bias beside x and the one beside h differ in n, where r stands before the latter.
    """
    arrays = [
        [[[0.0]]], [[0.0] * 3], [[0.0] * 3],
        [0.0, THIRD, 0.0], [0.0, 0.0, 2 * HALF], [3.0],
    ]  # fmt: skip
    results = run(name, "gru", arrays, [[[1.0]]], reverse=False)
    dn = 2 / 3 * 0.75
    da = [dn * 2 * HALF / 4, (3 - 0.5) * 2 / 9, dn]
    np.testing.assert_allclose(results[0], [[[4 / 3]]])
    np.testing.assert_allclose(results[4], da)
    np.testing.assert_allclose(results[5], [da[0], da[1], dn / 2])
    np.testing.assert_allclose(results[6], [1 / 3])


@pytest.mark.parametrize("reverse", [False, True])
def test_long_memory_in_small_products_is_that_of_the_loops(
    reverse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over more steps than are summed at once, the last of which fill no whole part."""
    monkeypatch.setattr(_small, "SMALL", 50)
    monkeypatch.setattr(_small, "LEAST", 1)
    assert len(_small.in_blocks(np.zeros((16, 7)), 3)) == 8
    random = np.random.default_rng(0)
    shapes = (3, 23, 2), (2, 16), (4, 16), (16,), (4,), (4,)
    arrays, dy = [random.normal(size=shape) for shape in shapes], random.normal(size=(3, 23, 4))
    looped = run("looped", "lstm", arrays, dy, reverse=reverse)
    close(run("vectorised", "lstm", arrays, dy, reverse=reverse), *looped, rtol=1e-12)
    chosen = kernel("vectorised", "lstm")
    _, cache = chosen.forward(*arrays, reverse=reverse)
    _, *apart = chosen.backward(dy, cache, by_sample=True)
    close([gradient.sum(axis=0) for gradient in apart], *looped[2:], rtol=1e-12)
