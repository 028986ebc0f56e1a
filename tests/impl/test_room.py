"""Memory for large arrays, kept from call to call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad.kernels import kernel
from handgrad.vectorised import _products, _room, dense
from handgrad.vectorised._room import room


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """By any other test."""
    monkeypatch.setattr(_room, "_blocks", [])


def address(array: Any) -> int:
    """Where it begins."""
    return int(array.__array_interface__["data"][0])


def test_memory_is_given_out_again_when_nobody_holds_it() -> None:
    """Also in another shape and dtype, if it is as large."""
    first = room((3, 4), np.float64)
    place = address(first)
    del first
    again = room((6, 4), np.float32)
    assert (again.shape, again.dtype, address(again)) == ((6, 4), np.float32, place)


@pytest.mark.parametrize(
    "part", [lambda x: x, lambda x: x[1:, ::2].T, memoryview, lambda x: x.view(np.int64)]
)
def test_memory_that_anybody_holds_is_theirs(part: Any) -> None:
    """Be it a part of the array only, whatever is asked for meanwhile."""
    array = room((3, 4), np.float64)
    array[...] = 7
    held = part(array)
    del array
    for _ in range(3):
        room((3, 4), np.float64)[...] = 1
    assert np.all(np.asarray(held) == np.asarray(part(np.full((3, 4), 7.0))))


def test_no_more_is_kept_than_is_used() -> None:
    """What nobody holds is given back when another size is asked for."""
    held = [room((2, 2), np.float64), room((2, 2), np.float64)]
    assert len(_room._blocks) == 2
    del held[0]
    room((5, 5), np.float64)
    assert sorted(block.nbytes for block in _room._blocks) == [32, 200]


def test_large_gradients_lie_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the call before stay what they are, and the numbers are what they would be."""
    random = np.random.default_rng(0)
    x, weight, bias = random.normal(size=(4, 3)), random.normal(size=(3, 5)), np.zeros(5)
    dys = random.normal(size=(3, 4, 5))
    _, cache = kernel("vectorised", "dense").forward(x, weight, bias)
    expected = [dense.backward(dy, cache)[1] for dy in dys]
    monkeypatch.setattr(_products, "LARGE", 15)
    assert not _room._blocks
    found = [dense.backward(dy, cache)[1] for dy in dys]
    assert len(_room._blocks) == 3
    assert all(map(np.array_equal, found, expected))
    del found
    assert np.array_equal(dense.backward(dys[2], cache)[1], expected[2])
    assert len(_room._blocks) == 3
