"""What `check` says of NumPy code where operations are on kinks and the function shows none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clinometer import check
from clinometer.checking import BY_CONVENTION

KINKED = np.array([0.0, 1.0, -2.0, 0.0])


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def at_zero(slope: float) -> Callable[[Any, Any], Any]:
    """The vjp of x, with that slope at zero."""
    return lambda c, x: (c * np.where(x == 0, slope, 1)).astype(x.dtype)


SMOOTH = {
    "two rectifiers": lambda x: relu(x) - relu(-x),
    "a maximum and a minimum": lambda x: np.fmax(x, 0) + np.fmin(x, 0),
    "clipped": lambda x: np.clip(x, 0, 8) - np.clip(-x, 0, 8),
    "chosen": lambda x: np.where(x > 0, x, 0) + np.where(x > 0, 0, x),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", SMOOTH)
def test_kinks_that_leave_none_are_met_by_conventions(name: str, dtype: str) -> None:
    """The function is x, and its two parts have slopes from 0 to 1 at zero."""
    x = KINKED.astype(dtype)
    for slope in (0.0, 0.5, 2.0):
        verdict = check(SMOOTH[name], (x,), vjp=at_zero(slope))
        assert (verdict.status, verdict.ledger) == ("agree", {"x on a kink": BY_CONVENTION})
    for slope in (-0.001, 2.01, np.nan):
        assert check(SMOOTH[name], (x,), vjp=at_zero(slope)).status == "disagree"


@pytest.mark.parametrize("name", SMOOTH)
def test_a_formula_that_is_wrong_beside_the_kink_as_well_stays_wrong(name: str) -> None:
    """However little it is."""
    wrong = check(SMOOTH[name], (KINKED,), vjp=lambda c, x: (1 + 1e-9) * c)
    assert wrong.status == "disagree"
    assert check(SMOOTH[name], (KINKED,), vjp=lambda c, x: c).ledger == {}


MEDIANS = [
    ([0, 0.5, 0.5, 0], "agree"),
    ([0.25, 0.25, 0.25, 0.25], "agree"),
    ([0.251, 0.25, 0.25, 0.25], "disagree"),
    ([1, 0, 0, 0], "disagree"),
    ([0.5, 0.5, 0.5, 0.5], "disagree"),
    ([0, 0, 1, 0, 0], "agree"),
    ([0.2, 0.2, 0.2, 0.2, 0.2], "agree"),
    ([1.2, 0, 0, -0.2, 0], "disagree"),
    ([2, 0, 0, 0, -1], "disagree"),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("shares", "status"), MEDIANS)
def test_where_all_numbers_are_the_median_its_slope_is_shared(
    shares: list[float], status: str, dtype: str
) -> None:
    """It is smooth along each line, and slopes by the element do not add up to those."""

    def grad(x: Any) -> Any:
        if np.ptp(x) == 0:
            return np.array(shares, dtype)
        middle = np.isin(np.argsort(np.argsort(x)), ((x.size - 1) // 2, x.size // 2))
        return (middle / np.sum(middle)).astype(dtype)

    assert check(np.median, (np.full(len(shares), 2.0, dtype),), grad).status == status
