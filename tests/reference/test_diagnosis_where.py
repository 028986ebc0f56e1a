"""Which elements are wrong, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.diagnosis import where

RIGHT = np.random.default_rng(0).normal(size=(6, 8))
SQUARE = RIGHT[:, :6]
LAYERED = np.random.default_rng(1).normal(size=(3, 4, 5))


def spoilt(index: Any, right: Any = RIGHT) -> str:
    """What is said where the elements of an index are wrong."""
    trial = right.copy()
    trial[index] += 1
    return where(trial, right, np.full(right.shape, 1e-9))


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (np.s_[2, 3], "element [2, 3]"),
        (np.s_[:], "every element"),
        (np.s_[4], "row 4"),
        (np.s_[:, 0], "column 0"),
        (np.s_[:2], "the first 2 rows"),
        (np.s_[:, 5:], "the last 3 columns"),
        (np.s_[1:3], "rows 1 to 2"),
        (np.s_[1:3, 7], "column 7 of rows 1 to 2"),
        (np.s_[:, 1::3], "every 3rd of the columns, from 1"),
        (np.s_[::2], "every 2nd of the rows, from 0"),
        (np.s_[[0, 4]], "rows 0, 4"),
        (np.s_[1:], "the last 5 rows"),
        (np.s_[[0, 1, 2, 4, 5]], "all but row 3"),
    ],
    ids=str,
)
def test_a_place_has_a_name(index: Any, said: str) -> None:
    """Elements, rows, columns, blocks, and every so many."""
    assert spoilt(index) == said


def test_axes_are_numbered_where_there_are_many_or_one() -> None:
    """Rows and columns are those of matrices."""
    assert spoilt(np.s_[:, 2], LAYERED) == "slice 2 of axis 1"
    assert spoilt(np.s_[3:], RIGHT[0]) == "the last 5 elements"


def test_triangles() -> None:
    """What causal masks and symmetric matrices get wrong."""
    assert spoilt(np.diag_indices(6), SQUARE) == "the diagonal"
    assert spoilt(np.triu_indices(6, 1), SQUARE) == "all above the diagonal"
    assert spoilt(np.tril_indices(6), SQUARE) == "the lower triangle"


def test_what_an_argument_tells() -> None:
    """Its signs, ties and repeated indices."""
    x = np.random.default_rng(2).integers(-2, 3, size=RIGHT.shape)
    for condition, said in (
        (x == 0, "where x is zero"),
        (x < 0, "where x is negative"),
        (x >= 0, "where x is not negative"),
    ):
        assert where(RIGHT + condition, RIGHT, 1e-9, {"x": x}) == said
    largest = x == x.max(1, keepdims=True)
    tied = largest & (largest.sum(1, keepdims=True) > 1)
    assert where(RIGHT + tied, RIGHT, 1e-9, {"x": x}) == "where x ties for the largest along axis 1"
    tokens = np.array([[0, 1, 3], [3, 4, 0]])
    repeated = np.array([1, 0, 0, 1, 0, 0])[:, None]
    said = where(RIGHT + repeated, RIGHT, 1e-9, {"tokens": tokens})
    assert said in {"rows 0, 3", "rows where tokens repeats an index"}


def test_what_has_no_name_is_counted() -> None:
    """With the corners between which it lies; NaN is wrong."""
    trial = RIGHT.copy()
    trial[[1, 2, 4], [3, 3, 6]] = np.nan
    assert where(trial, RIGHT) == "3 of 48 elements, between [1, 3] and [4, 6]"
    assert where(RIGHT, RIGHT) == "no element"
    assert where(np.ones(1), np.zeros(1)) == "the only element"
