"""Two arrays made up, side by side: which element is named, and what is said of rounding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from clinometer.comparison import BRANCHES, FIRST_ORDER, Comparison, against_itself, compare
from clinometer.dtypes import DTYPES, NARROW


def compared(mine: Any, other: Any, bound: Any, counts: Any = (True, True)) -> Comparison:
    """What is said of two numbers beside two others."""
    with np.errstate(all="ignore"):
        return compare("x", "oracle", *map(np.array, (mine, other, bound, counts)))


def test_the_largest_error_in_units_of_its_uncertainty_is_named() -> None:
    """Agreement goes up to 1 and no further."""
    found = compared([3.0, 20.0], [2.0, 22.0], [1.0, 4.0])
    assert (found.status, found.index, found.ratio) == ("agree", (0,), 1)
    assert (found.on_trial, found.reference, found.error, found.uncertainty) == (3, 2, 1, 1)
    assert found.resolution == 4 / 22
    found = compared([3.0, 20.0], [2.0, 22.0], [np.nextafter(1.0, 0), 4.0])
    assert (found.status, found.index) == ("disagree", (0,))


def test_an_element_without_an_error_is_not_named() -> None:
    """Though it has no uncertainty either."""
    found = compared([1.0, 3.0], [1.0, 2.0], [0.0, 4.0])
    assert (found.status, found.index, found.ratio) == ("agree", (1,), 0.25)


def test_an_error_of_what_is_certain_has_no_measure() -> None:
    """And no error is none, whatever the uncertainty."""
    assert compared([1.0, 3.0], [1.0, 2.0], [0.0, 0.0]).ratio == np.inf
    assert compared([1.0, 2.0], [1.0, 2.0], [0.0, 0.0]).ratio == 0


def test_what_is_no_number_is_named_before_all_others() -> None:
    """An error of any size is less bad."""
    found = compared([1e300, np.nan], [1.0, 2.0], [1.0, 1.0])
    assert (found.status, found.index) == ("disagree", (1,))
    assert np.isnan(found.on_trial)


def test_an_element_that_does_not_count_is_neither_judged_nor_named() -> None:
    """Nor does its uncertainty blur the others."""
    found = compared([9.0, 2.5], [1.0, 2.0], [1.0, 0.5], counts=(False, True))
    assert (found.status, found.index, found.resolution) == ("agree", (1,), 0.25)
    assert compared([9.0, 2.0], [1.0, 2.0], [1.0, 0.5], counts=(False, True)).index == (1,)
    assert compared([9.0, 9.0], [1.0, 2.0], [1.0, 0.5], counts=(False, False)).status == "agree"


def test_zeros_resolve_nothing_relative_to_themselves() -> None:
    """No error is small beside them."""
    assert compared([0.0, 0.0], [0.0, 0.0], [1e-9, 1e-9]).resolution == np.inf


def test_who_is_at_fault_decides_whether_a_disagreement_accuses() -> None:
    """The gradient on trial, unless another is named."""
    disagreement = Comparison("x", "oracle", "disagree")
    assert disagreement.accuses
    assert not replace(disagreement, fault="oracle").accuses
    assert not replace(disagreement, status="inconclusive").accuses


def rounded(error: float, spread: Any, dtype: str = "float32") -> Comparison:
    """What is said of numbers near 1 that are off by so much, beside the spread of two."""
    exact = np.ones(2, dtype=np.longdouble)
    spread = None if spread is None else np.broadcast_to(spread, (2,))
    return against_itself("x", (exact + error).astype(dtype), exact, spread, dtype)


def test_rounding_that_could_not_be_traced_is_left_open() -> None:
    """With the reason."""
    found = rounded(1.0, None)
    assert (found.array, found.witness, found.status) == ("x", "rounding", "inconclusive")
    assert found.reason == "the rounding of this gradient could not be traced"


@pytest.mark.parametrize(
    ("error", "spread", "status"),
    [
        (7 * 2.0**-20, 2.0**-20, "agree"),
        (9 * 2.0**-20, 2.0**-20, "disagree"),
        (0.2, 2.0**-5, "inconclusive"),  # a spread beyond the model of rounding
        (0.5, 2.0**-5, "disagree"),  # but not by so much
        (0.0, 2.0**-5, "agree"),  # equal bits need no model
        (0.2, (2.0**-60, 0.5), "inconclusive"),  # a branch that only one of two samples has taken
        (0.2, (2.0**-60, BRANCHES), "disagree"),  # rounding alone
        (0.2, FIRST_ORDER, "agree"),  # the largest spread that the model is right for
    ],
)
def test_rounding_is_held_to_eight_spreads_where_these_say_something(
    error: float, spread: Any, status: str
) -> None:
    """Elsewhere nothing is known."""
    assert rounded(error, spread).status == status


def test_where_rounding_decides_a_branch_one_elements_own_spread_says_little() -> None:
    """Of tied maxima any may be taken; of three, one was never taken in all samples."""
    exact, spread = np.array([0.0, 0.0, 1e-30]), np.array([1e-30, 5e-31, 1e-45])
    found = against_itself("x", np.array([1e-30, 0.0, 0.0]), exact, spread, "float64")
    assert (found.status, found.reason) == ("inconclusive", "float64 leaves no digits")
    within = against_itself("x", np.array([0.0, 0.0, 0.9e-30]), exact, spread * 1e-3, "float64")
    assert within.status == "disagree"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_no_range_excuses_a_wide_dtype(dtype: str, bad: float) -> None:
    """What is not finite disagrees but where the formula itself or 16 bits are to blame."""
    spoilt = np.array([1.0, bad])
    with np.errstate(invalid="ignore"):
        both = against_itself("x", spoilt.astype(dtype), 2 * spoilt, np.zeros(2), dtype)
    assert (both.array, both.witness, both.status) == ("x", "rounding", "inconclusive")
    assert both.reason == f"the formula gives what {dtype} cannot hold"
    narrow = against_itself("x", spoilt.astype(dtype), np.ones(2), np.zeros(2), dtype)
    assert narrow.status == ("inconclusive" if dtype in NARROW else "disagree")


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_number_of_a_dtype_is_one_that_it_holds(dtype: str) -> None:
    """So its rounding is judged."""
    most = np.array([ml_dtypes.finfo(dtype).max])
    exact = most.astype(np.longdouble)
    assert against_itself("x", most, exact, np.zeros(1), dtype).status == "agree"
    assert against_itself("x", most / 2, exact, np.zeros(1), dtype).status == "disagree"


def test_where_16_bits_have_overflowed_nothing_of_them_is_judged() -> None:
    """A sum from which NaN has dropped out is finite, and is not what rounding makes of it."""
    zeros, ones = np.zeros(2), np.ones(2)
    found = against_itself("b", zeros.astype("float16"), ones, zeros, "float16", overflowed=True)
    assert found.status == "inconclusive"
    assert found.reason == "float16 overflows where the formula is finite"
    wide = against_itself("b", zeros.astype("float32"), ones, zeros, "float32", overflowed=True)
    assert wide.status == "disagree"
