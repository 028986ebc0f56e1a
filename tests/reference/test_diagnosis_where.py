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
        (np.s_[:, 1:3], "columns 1 to 2"),
        (np.s_[2:4, 3:], "the last 5 columns of rows 2 to 3"),
        (np.s_[1::2], "every 2nd of the rows, from 1"),
        (np.s_[:, [2, 4, 6]], "columns 2, 4, 6"),  # not from the first one on
        (np.s_[:, [0, 2, 4]], "columns 0, 2, 4"),  # nor up to the last one
        (np.s_[:, [0, 1, 4, 6]], "columns 0, 1, 4, 6"),
        (np.s_[:, [0, 1, 3, 5, 6]], "all but columns 2, 4, 7"),
        (np.s_[[0, 1, 2, 4, 5]], "all but row 3"),
    ],
    ids=str,
)
def test_a_place_has_a_name(index: Any, said: str) -> None:
    """Elements, rows, columns, blocks, and every so many."""
    assert spoilt(index) == said


@pytest.mark.parametrize(
    ("step", "ordinal"),
    [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st")],
)
def test_every_so_many_has_its_ending(step: int, ordinal: str) -> None:
    """Eleven to thirteen have one of their own."""
    long = np.ones(66)
    assert spoilt(np.s_[1::step], long) == f"every {ordinal} of the elements, from 1"


def test_all_but_one_element_are_named_by_it() -> None:
    """As one block would be."""
    wrong = np.ones(RIGHT.shape)
    wrong[2, 3] = 0
    assert where(RIGHT + wrong, RIGHT) == "all but element [2, 3]"


def test_an_error_as_large_as_the_uncertainty_is_none() -> None:
    """A larger one is."""
    assert where([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 1.0) == "element [2]"
    assert where([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]) == "the last 2 elements"


def test_axes_are_numbered_where_there_are_many_or_one() -> None:
    """Rows and columns are those of matrices."""
    assert spoilt(np.s_[:, 2], LAYERED) == "slice 2 of axis 1"
    assert spoilt(np.s_[3:], RIGHT[0]) == "the last 5 elements"


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (np.diag_indices(6), "the diagonal"),
        (np.triu_indices(6, 1), "all above the diagonal"),
        (np.tril_indices(6, -1), "all below the diagonal"),
        (np.triu_indices(6), "the upper triangle"),
        (np.tril_indices(6), "the lower triangle"),
        (np.nonzero(1 - np.eye(6)), "all off the diagonal"),
    ],
)
def test_triangles(index: Any, said: str) -> None:
    """What causal masks and symmetric matrices get wrong, in each matrix of a batch too."""
    assert spoilt(index, SQUARE) == said
    assert spoilt((..., *index), np.stack([SQUARE, SQUARE])) == said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (lambda x: x == 0, "is zero"),
        (lambda x: x != 0, "is not zero"),
        (lambda x: x < 0, "is negative"),
        (lambda x: x > 0, "is positive"),
        (lambda x: x <= 0, "is not positive"),
        (lambda x: x >= 0, "is not negative"),
        (lambda x: abs(x) > 1, "is beyond ±1"),
        (lambda x: abs(x) <= 1, "is within ±1"),
        (lambda x: x == x.max(0), "is the largest along axis 0"),
        (lambda x: x == x.max(1, keepdims=True), "is the largest along axis 1"),
    ],
)
@pytest.mark.parametrize("dtype", [int, float])
def test_what_an_argument_tells(condition: Any, said: str, dtype: Any) -> None:
    """Its signs, and where it is the largest."""
    x = np.random.default_rng(2).integers(-2, 3, size=RIGHT.shape).astype(dtype)
    known = {"other": np.ones(3), "x": x}
    assert where(RIGHT + condition(x), RIGHT, 1e-9, known) == f"where x {said}"


def test_ties_are_told_from_what_is_the_largest_alone() -> None:
    """Along the axis along which they tie."""
    x = np.random.default_rng(2).integers(-2, 3, size=RIGHT.shape)
    largest = x == x.max(1, keepdims=True)
    tied = largest & (largest.sum(1, keepdims=True) > 1)
    assert where(RIGHT + tied, RIGHT, 1e-9, {"x": x}) == "where x ties for the largest along axis 1"


TOKENS = np.array([[7, 1, 3, 0, 8], [3, 4, 7, 0, 8], [1, 4, 9, 0, 0]])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([0, 1, 3, 4, 7, 8], "repeats an index"),
        ([2, 5, 6, 10, 11], "has no such index"),
        ([0, 1, 3, 4, 7, 8, 9], "has that index"),
    ],
)
def test_indices_tell_rows_apart(rows: list[int], said: str) -> None:
    """Whole rows, by integers that are numbers of rows."""
    right, wrong = np.ones((12, 2)), np.zeros((12, 2))
    wrong[rows] = 1
    assert where(right + wrong, right, 0.0, {"tokens": TOKENS}) == f"rows where tokens {said}"
    for no_index in (TOKENS + 3, TOKENS - 1, TOKENS.astype(float), TOKENS[:0]):
        said = where(right + wrong, right, 0.0, {"tokens": no_index})
        assert said.startswith(f"{2 * len(rows)} of 24 elements")
    wrong[rows, 0] = 0
    said = where(right + wrong, right, 0.0, {"tokens": TOKENS})
    assert said.startswith(f"{len(rows)} of 24 elements")


def test_what_has_no_name_is_counted() -> None:
    """With the corners between which it lies; NaN is wrong."""
    trial = RIGHT.copy()
    trial[[1, 2, 4], [3, 3, 6]] = np.nan
    assert where(trial, RIGHT) == "3 of 48 elements, between [1, 3] and [4, 6]"
    assert where(RIGHT, RIGHT) == "no element"
    assert where(np.ones(1), np.zeros(1)) == "the only element"
