"""Unusual numbers pass through NumPy's in-place accumulation as through any other function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.arrays import CarrierArray
from clinometer.balls import BallArray, midpoints, radii
from clinometer.branches import BranchArray
from clinometer.double_balls import DoubleBallArray, mid, rad
from clinometer.oracles.complex_step import ComplexStepArray, NoisyComplexStepArray
from clinometer.rounding import StochasticArray

RANDOM = np.random.default_rng(0)
#: Quarters, whose sums are exact: the same places several times, among them the first and the last.
VALUES = RANDOM.integers(-8, 9, size=(3, 5, 2)) / 4
PLACES = RANDOM.integers(6, size=(3, 5))
PLACES[0, :2] = 0, 5
SUMS = np.stack([VALUES[place == PLACES].sum(axis=0) for place in range(6)])


class Noisy(StochasticArray):
    random = np.random.default_rng(1)


class NoisyComplex(NoisyComplexStepArray):
    random = np.random.default_rng(2)


class Branch(BranchArray):
    taken: list[int] = []  # noqa: RUF012 # as `trace` makes it


def accumulated(kind: type[CarrierArray], dtype: Any = np.float64) -> Any:
    """The values added up by place, the way in which code that is on trial does it."""
    values = kind.carry(VALUES.astype(dtype))
    sums = np.zeros_like(values, shape=(6, 2))
    np.add.at(sums, PLACES, values)
    assert type(sums) is kind
    return sums


def test_balls_add_up_where_indices_repeat() -> None:
    """To the exact sums, as all numbers here are exact; in double precision to enclosures."""
    exact = accumulated(BallArray)
    np.testing.assert_array_equal(midpoints(exact).astype(float), SUMS)
    assert not np.any(radii(exact))
    enclosed = accumulated(DoubleBallArray)
    assert np.all(np.abs(mid(enclosed) - SUMS) <= rad(enclosed))
    assert np.max(rad(enclosed)) < 1e-14


@pytest.mark.parametrize("kind", [ComplexStepArray, NoisyComplex, Branch, Noisy])
def test_floats_add_up_where_indices_repeat(kind: type[CarrierArray]) -> None:
    """In their own dtype, with rounding errors where the kind has them."""
    dtype = np.complex128 if issubclass(kind, ComplexStepArray) else np.float64
    sums = np.asarray(accumulated(kind, dtype))
    assert sums.dtype == dtype
    np.testing.assert_allclose(sums, SUMS, atol=1e-14)
    assert np.array_equal(sums, SUMS) == (kind in {ComplexStepArray, Branch})


@pytest.mark.parametrize(
    "index", [1, slice(1, 3), (np.array([2, 2]), np.array([1, 1])), np.array([True, False, True])]
)
def test_every_sort_of_index_names_the_places_that_it_names_to_numpy(index: Any) -> None:
    """Also one number for all of them, and places that nothing is added to."""
    plain = np.arange(6.0).reshape(3, 2)
    carried = ComplexStepArray.carry(plain.astype(np.complex128))
    np.subtract.at(plain, index, 0.5)
    np.subtract.at(carried, index, 0.5)
    np.testing.assert_array_equal(np.asarray(carried).real, plain)


def test_nothing_is_added_where_there_is_no_index() -> None:
    sums = Noisy.carry(np.ones(3))
    np.add.at(sums, np.zeros(0, dtype=int), Noisy.carry(np.ones(0)))
    np.testing.assert_array_equal(sums, np.ones(3))
