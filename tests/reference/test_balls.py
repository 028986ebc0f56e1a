"""Balls: they hold the exact result, decide nothing that is open, and let nothing escape."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from clinometer.balls import (
    FUNCTIONS,
    Ball,
    BallArray,
    Undecided,
    as_arb,
    magnitudes,
    midpoints,
    radii,
)
from clinometer.double_balls import BALL, DoubleBallArray, ball, mid, rad

NUMBERS = st.floats(-1e100, 1e100, allow_nan=False).map(lambda x: x if abs(x) > 1e-100 else 0.0)


def balls(*pairs: tuple[float, float]) -> BallArray:
    """Balls of midpoints and radii."""
    return BallArray.carry(np.array([Ball(arb(m, r)) for m, r in pairs], dtype=object))


def double_balls(*pairs: tuple[float, float]) -> DoubleBallArray:
    """The same in double precision."""
    return DoubleBallArray.carry(np.array(list(pairs), dtype=BALL))


@pytest.fixture(autouse=True)
def _precision() -> Any:
    with ctx.workprec(200):
        yield


@pytest.mark.parametrize("convert", [float, int, complex, lambda x: np.array([x]).astype(float)])
def test_a_ball_never_becomes_a_float_unseen(convert: Callable[[Any], Any]) -> None:
    """Its digits would be lost, and its radius with them."""
    with pytest.raises(TypeError):
        convert(Ball(arb(1)))


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_comparisons_are_decided_for_all_numbers_or_not_at_all(
    compare: Callable[[Any, Any], Any],
) -> None:
    """Scalars and arrays, in Arb and in double precision."""
    for one, other in ((1.0, 2.0), (2.0, 1.0)):
        for make in (balls, double_balls):
            apart = compare(make((one, 0.25)), make((other, 0.25)))
            assert list(apart) == [compare(one, other)]
            with pytest.raises(Undecided):
                compare(make((one, 0.5)), make((other, 0.5 + 1e-9)))
    assert compare(Ball(arb(1)), 1) == compare(1, 1)
    assert list(compare(double_balls((1.0, 0.0)), 1.0)) == [compare(1, 1)]


def test_whether_a_ball_is_nonzero_may_be_open() -> None:
    """As in `if x:`."""
    assert Ball(arb(1, 0.5))
    assert not Ball(arb(0))
    with pytest.raises(Undecided):
        bool(Ball(arb(0, 0.5)))


def test_plain_numpy_code_runs_on_balls() -> None:
    """Selection, joining, reductions, products, indexing and scalars."""
    x = BallArray.carry(np.array([[1.0, -2.0], [3.0, 0.5]]))
    chosen = np.where(x > 0, x, 0)
    parts = [
        (chosen, [[1, 0], [3, 0.5]]),
        (np.concatenate([x, np.ones((1, 2))]), [[1, -2], [3, 0.5], [1, 1]]),
        (x.sum(axis=0), [4, -1.5]),
        (np.mean(x, axis=1), [-0.5, 1.75]),
        (x.max(axis=1), [1, 3]),
        (np.minimum(x, 0), [[0, -2], [0, 0]]),
        (x @ x.T, [[5, 2], [2, 9.25]]),
        (np.take(x, [1, 0], axis=0), [[3, 0.5], [1, -2]]),
        (x.argmax(axis=0), [1, 1]),
        (np.abs(x) ** 2 / 2 - 1, [[-0.5, 1], [3.5, -0.875]]),
    ]
    for result, right in parts:
        assert np.array_equal(np.asarray(midpoints(result), np.float64), np.array(right, float))
    assert isinstance(chosen[0, 1], Ball)


@pytest.mark.parametrize("ufunc", sorted(FUNCTIONS, key=lambda u: u.__name__))
def test_every_function_is_numpys_own(ufunc: np.ufunc) -> None:
    """In Arb and in double precision, on arrays and on lone balls."""
    at = {np.arccosh: 1.5}.get(ufunc, 0.375)
    numbers = (at, -0.25)[: ufunc.nin]
    right = ufunc(*numbers)
    by_array = ufunc(*(BallArray.carry(np.array([x])) for x in numbers))
    alone = ufunc(*(Ball(arb(x)) for x in numbers)) if ufunc.nin == 1 else by_array[0]
    double = ufunc(*(DoubleBallArray.carry(np.array([x])) for x in numbers))
    for result in (by_array, np.array([alone], dtype=object)):
        assert np.allclose(np.asarray(midpoints(result), np.float64), right, rtol=1e-15, atol=0)
    assert np.all(np.abs(mid(double) - right) <= rad(double) + 2e-16 * abs(right))
    assert np.all(rad(double) <= 1e-15)


def test_longdoubles_become_balls_with_all_their_digits() -> None:
    """Their last bits as well."""
    third = np.longdouble(1) / 3
    assert midpoints(BallArray.carry(np.array([third])))[0] == third
    assert as_arb(third) * 3 != 1


def test_a_ball_has_functions_that_numpy_lacks() -> None:
    """The error function and its complement, which code may call as a method."""
    x = Ball(arb(0.5))
    assert (x.erf() + x.erfc() - 1).arb.contains(0)
    assert float(x.erf().arb.mid()) == pytest.approx(0.5204998778130465)


def test_midpoints_radii_and_magnitudes() -> None:
    """What is read off a ball."""
    x = balls((3.0, 0.5), (-2.0, 0.25))
    assert list(midpoints(x)) == [3.0, -2.0]
    assert radii(x) == pytest.approx([0.5, 0.25])
    assert magnitudes(x) == pytest.approx([3.5, 2.25])


OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv]


@pytest.mark.parametrize("operation", OPERATIONS)
@given(NUMBERS, NUMBERS, st.floats(0, 1), st.floats(0, 1), st.sampled_from([-1, 0, 1]))
def test_double_balls_hold_the_exact_result(
    operation: Any, a: float, b: float, p: float, q: float, side: int
) -> None:
    """Of any numbers in two balls, such as those at their ends, in rational arithmetic."""
    x, y = double_balls((a, abs(a) * p)), double_balls((b, abs(b) * q * 0.5))
    with np.errstate(all="ignore"):
        result = operation(x, y)
    one = Fraction(a) + side * Fraction(float(rad(x)[0]))
    other = Fraction(b) - side * Fraction(float(rad(y)[0]))
    if np.isfinite(rad(result)[0]):
        distance = abs(operation(one, other) - Fraction(float(mid(result)[0])))
        assert distance <= Fraction(float(rad(result)[0]))
    else:
        assert operation is operator.truediv
        assert b == 0


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_sums_and_matrix_products_hold_the_exact_result(seed: int, terms: int) -> None:
    """Of numbers whose sum nearly cancels, in balls of every size."""
    random = np.random.default_rng(seed)

    def drawn(*shape: int) -> Any:
        size = np.exp2(random.integers(-30, 30, size=shape))
        return ball(
            random.standard_normal(shape) * size, random.random(shape) * 2.0**-40 * (size > 1)
        )

    def moved(x: Any) -> Any:
        """Numbers of the balls, as balls of radius 0."""
        inside = [
            [Ball(arb(m) + arb(r) * s)]
            for m, r, s in zip(
                x["mid"].flat, x["rad"].flat, random.uniform(-1, 1, x.size), strict=True
            )
        ]
        return BallArray.carry(np.array(inside, dtype=object).reshape(x.shape))

    a, b = drawn(3, terms), drawn(terms, 2)
    x, y = moved(a), moved(b)
    for result, exact in (
        (DoubleBallArray.carry(a) @ DoubleBallArray.carry(b), x @ y),
        (DoubleBallArray.carry(a).sum(axis=1), x.sum(axis=1)),
        (DoubleBallArray.carry(a).max(axis=1), x.max(axis=1)),
    ):
        off = magnitudes(exact - BallArray.carry(mid(result)))
        assert np.all(off <= rad(result))
        assert np.all(rad(result) < 1e-6 * np.abs(a["mid"]).max() * np.abs(b["mid"]).max() * terms)


def test_what_is_not_finite_is_not_known() -> None:
    """Division by a ball with 0 in it, overflow, and what comes of them."""
    with np.errstate(all="ignore"):
        for unknown in (
            double_balls((1.0, 0.0)) / double_balls((0.5, 0.5)),
            double_balls((1e300, 0.0)) * 1e300,
            0 * (double_balls((1.0, 0.0)) / 0),
            np.log(double_balls((0.5, 0.5))),
        ):
            assert not np.isfinite(unknown).any()
            assert np.isinf(rad(unknown)).all()


def test_constants_like_double_balls_are_exact() -> None:
    """NumPy itself would write the number into both fields, the midpoint and the radius."""
    x = double_balls((1.0, 0.5), (2.0, 0.5))
    for constant, value in (
        (np.ones_like(x), 1.0),
        (np.zeros_like(x), 0.0),
        (np.full_like(x, -2), -2.0),
        (np.full_like(x, 0.5, shape=(2,)), 0.5),
    ):
        assert isinstance(constant, DoubleBallArray)
        assert list(mid(constant)) == [value, value]
        assert not rad(constant).any()


def test_double_balls_come_in_arrays_only() -> None:
    """So that no kernel works on their fields as if these were numbers."""
    x = double_balls((1.0, 0.5))
    for escape in (x.tolist, lambda: x[0] * x[0], lambda: np.floor(x), lambda: np.array(x) + 1):
        with pytest.raises(TypeError):
            escape()
