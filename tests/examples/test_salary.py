"""The salary table: nine derivatives as fractions, and what the curvature forbids."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import salary
from clinometer.subjects.hand_written import SUBJECTS, network
from handgrad import initialise, ones
from salary import NETWORK, NINE, SALARIES, STUDENTS, as_fractions, nine_derivatives
from tests.examples.lessons import small, tables

START = {name: as_fractions(array) for name, array in initialise(NETWORK, ones).items()}


def loss(point: Any, x: Any, y: Any) -> Fraction:
    """(y - ŷ)² of one row."""
    return ((x @ point["1.weight"] + point["1.bias"]) @ point["2.weight"] + point["2.bias"] - y)[
        0, 0
    ] ** 2


def moved(point: Any, name: str, index: tuple[int, ...], step: int) -> Any:
    """The point with one number moved."""
    array = point[name].copy()
    array[index] += step
    return {**point, name: array}


def test_the_nine_derivatives_of_the_first_row() -> None:
    """ŷ = 176 where 5 is right, so -2 (y - ŷ) = 342; times O₁₁ = 88, IQ = 80 or CGPA = 8."""
    [table] = tables(small("salary"), "-2 (y - ŷ) O₁₁")
    assert [row[1] for row in table.rows] == [
        *("30096", "30096", "342"),
        *("27360", "27360", "2736", "2736"),
        *("342", "342"),
    ]
    # and the first of them after a step: each weight is 1 less its derivative over 10⁵
    to_output, to_iq, to_cgpa = (1 - Fraction(n, 100_000) for n in (30096, 27360, 2736))
    bias = -Fraction(342, 100_000)
    hidden = to_iq * 60 + to_cgpa * 5 + bias
    predicted = 2 * to_output * hidden + bias
    assert table.rows[0][2] == str(-2 * (3 - predicted) * hidden)


@pytest.mark.parametrize("row", range(3))
def test_they_are_the_slopes_of_the_loss_exactly(row: int) -> None:
    """L is a parabola in each parameter, so that a central difference of it has no error."""
    x, y = as_fractions(STUDENTS[row : row + 1]), as_fractions(SALARIES[row : row + 1])
    _, by_hand = nine_derivatives(START, x, y)
    for name, index in NINE.values():
        above, below = (loss(moved(START, name, index, step), x, y) for step in (1, -1))
        assert by_hand[name][index] == (above - below) / 2


@pytest.mark.parametrize("kernels", SUBJECTS)
def test_the_kernels_give_the_same_fractions(kernels: str) -> None:
    """Vectorised and looped, and the mean of the samples' own is the batch's gradient."""
    trained, x, y = network(salary.ARCHITECTURE, kernels), *map(as_fractions, (STUDENTS, SALARIES))
    third = np.array([Fraction(1, 3)] * 3)
    _, batch = trained.value_and_grad(START, x, y, third)
    rows = [nine_derivatives(START, x[n : n + 1], y[n : n + 1])[1] for n in range(3)]
    for name, index in NINE.values():
        assert batch[name][index] == sum(row[name][index] for row in rows) / 3
        assert isinstance(batch[name][index], Fraction)


def test_raw_inputs_diverge_and_standardised_ones_do_not() -> None:
    """Far above 2/λ the loss overflows; below it falls, but along λ alone."""
    [table] = tables(list(salary.lesson(epochs=100)), "why it diverges")
    raw = [row for row in table.rows if row[0] == "raw"]
    assert [float(row[3]) < float(row[2]) for row in raw] == [True, True, False]
    assert [row[4] for row in raw[:2]] == ["overflows", "overflows"]
    assert 0.5 < float(raw[2][4]) < 1
    (remedy,) = (row for row in table.rows if row[0] == "standardised")
    assert float(remedy[3]) > float(remedy[2])
    assert float(remedy[4]) < 1e-20
    assert float(raw[0][2]) > 2000 * float(remedy[2])


def test_the_largest_curvature_decides_what_a_single_step_does() -> None:
    """Of a parabola of curvature λ along its axis: the slope's change over the distance."""
    point = initialise(NETWORK, ones)
    x, y = STUDENTS[:1], SALARIES[:1]
    values, vectors = np.linalg.eigh(salary.exact_curvature(point, x, y))
    direction, tiny = vectors[:, -1], 1e-6
    there = {name: array.copy() for name, array in point.items()}
    for (name, index), part in zip(NINE.values(), direction, strict=True):
        there[name][index] += tiny * part
    slopes = [
        [nine_derivatives(p, x, y)[1][name][index] for name, index in NINE.values()]
        for p in (point, there)
    ]
    change = np.subtract(slopes[1], slopes[0]) / tiny
    assert change == pytest.approx(values[-1] * direction, rel=1e-3, abs=1)
