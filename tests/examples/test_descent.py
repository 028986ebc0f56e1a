"""Gradient descent: the closed form, batches, rates, and what depth does to a gradient."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import deep
import descent
from deep import SCHEMES, norms
from descent import SIZES, by_hand, closed_form, curvatures, data, descend, distance, noise
from tests.examples.lessons import small, tables


def test_the_closed_form_is_where_both_derivatives_are_zero_exactly() -> None:
    """In fractions, which do not round; and NumPy's own fit is the same line."""
    m, b = closed_form()
    x, y = ([Fraction(number) for number in array.flat] for array in data())
    residuals = [v - (m * u + b) for u, v in zip(x, y, strict=True)]
    assert sum(residuals) == 0
    assert sum(u * r for u, r in zip(x, residuals, strict=True)) == 0
    fitted = np.polyfit(*(array.ravel() for array in data()), 1)
    assert [float(m), float(b)] == pytest.approx(fitted.tolist(), rel=1e-12)


def test_descent_arrives_at_the_closed_form() -> None:
    """To the last digits, as the table shows."""
    [table] = tables(small("descent"), "the line")
    for row, exact in zip(table.rows, closed_form(), strict=True):
        assert float(row[1]) == pytest.approx(float(exact), rel=1e-14)
        assert float(row[2]) == pytest.approx(float(exact), rel=1e-13)
        assert abs(float(row[3])) < 1e-13


def test_the_two_derivatives_are_those_of_the_sum() -> None:
    """A tiny case worked by hand: y - (m x + b) is 1 and 3 at x = 1 and 2."""
    parameters = {"1.weight": np.array([[0.0]]), "1.bias": np.array([0.0])}
    loss, slopes = by_hand(parameters, np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]]))
    assert (loss, slopes["1.weight"].item(), slopes["1.bias"].item()) == (5, -7, -4)


def test_small_batches_take_more_steps_and_are_noisier() -> None:
    """By √(1/B - 1/n), as batches drawn without replacement are, within what chance does."""
    noises = {size: noise(size) for size in SIZES if size}
    assert noise(None) == 0
    assert list(noises.values()) == sorted(noises.values())
    for size, found in noises.items():
        predicted = noises[1] * np.sqrt(
            (1 / size - 1 / descent.SAMPLES) / (1 - 1 / descent.SAMPLES)
        )
        assert 0.5 < found / predicted < 2
    [table] = tables(small("descent"), "1 epochs")
    assert [int(row[1]) for row in table.rows] == [1, 4, 8, 16, 512]


def test_what_the_figure_of_batches_says_is_so() -> None:
    """Smaller batches come closer in as many epochs, but for the noise of single samples."""
    ends = [distance(descend(descent.RATE, size, descent.EPOCHS)[-1]) for size in SIZES]
    assert ends[0] > ends[1] > ends[2] > ends[3]
    assert ends[4] > 5 * ends[3]


def test_rates_below_the_limit_converge_and_one_above_it_does_not() -> None:
    """The limit is 2/λ, and the distance grows by |1 - ηλ| a step."""
    limit = 2 / curvatures()[-1]
    starts = distance(descend(limit, None, 0)[0])
    ends = {part: distance(descend(part * limit, None, 100)[-1]) for part in descent.RATES}
    assert ends[1.02] > starts
    assert all(end < starts for part, end in ends.items() if part < 1)
    assert ends[0.5] < min(end for part, end in ends.items() if part != 0.5)
    assert ends[0.01] > 0.5 * starts
    before, after = (distance(descend(1.02 * limit, None, n)[-1]) for n in (199, 200))
    assert after / before == pytest.approx(1.04, rel=1e-3)


def test_gradients_vanish_and_explode_as_the_table_says() -> None:
    """Each beside what remedies it, in networks 20 layers deep."""
    vanishing = norms("sigmoid", SCHEMES["Xavier"], 20)
    assert vanishing[0] < 1e-10 * vanishing[-1]
    assert norms("ReLU", SCHEMES["normal, 1"], 20)[0] > 1e15
    for activation, scheme in (("tanh", "Xavier"), ("ReLU", "He")):
        flow = norms(activation, SCHEMES[scheme], 20)
        assert 0.1 < flow[0] / flow[-1] < 10
    narrow = SCHEMES["normal, 0.1"]
    for activation in ("tanh", "ReLU"):
        plain, normalised = (norms(activation, narrow, 20, normalised=n) for n in (False, True))
        assert plain[0] < 1e-7 * plain[-1]
        assert 0.01 < normalised[0] / normalised[-1] < 100


def test_depth_makes_it_worse_where_the_choice_does_not_fit() -> None:
    """And not much where it does."""
    first = {
        (activation, scheme): [norms(activation, SCHEMES[scheme], n)[0] for n in deep.DEPTHS]
        for activation, scheme in (("sigmoid", "Xavier"), ("ReLU", "normal, 1"), ("ReLU", "He"))
    }
    assert first["sigmoid", "Xavier"] == sorted(first["sigmoid", "Xavier"], reverse=True)
    assert first["ReLU", "normal, 1"] == sorted(first["ReLU", "normal, 1"])
    assert max(first["ReLU", "He"]) < 100 * min(first["ReLU", "He"])
