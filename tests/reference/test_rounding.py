"""Stochastic arithmetic: its size, what it leaves alone, and that it stays in the code."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import Sigmoid
from clinometer.architecture.layers.dense import Dense
from clinometer.dtypes import DTYPES, NARROW
from clinometer.estimate import rounding_uncertainty
from clinometer.formula import WIDE
from clinometer.problem import Problem
from clinometer.rounding import (
    SAMPLES,
    StochasticArray,
    function_noise,
    gradient_noise,
    rounding_bound,
    smallest_subnormal,
    unit_roundoff,
)
from clinometer.subjects import hand_written


class Noisy(StochasticArray):
    """Stochastic numbers of one seed."""

    random = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_operation_errs_by_about_a_roundoff(dtype: str) -> None:
    """Up to two units, and about one on the average."""
    ones = Noisy.carry(np.ones(10_000, dtype=dtype))
    errors = np.asarray(ones * ones, dtype=WIDE) - 1
    u = unit_roundoff(dtype)
    assert np.max(np.abs(errors)) <= 2 * u
    assert 0.5 * u < np.std(errors.astype(float)) < 2 * u
    assert (ones * ones).dtype == dtype


@pytest.mark.parametrize("dtype", NARROW)
def test_noise_of_16_bits_is_not_rounded_away_and_has_no_bias(dtype: str) -> None:
    """Whatever the digits of the number: just above a power of two it is the coarsest."""
    u = unit_roundoff(dtype)
    for number in np.array([1.0, 1.25, 1.5, 1.9375]).astype(dtype):
        noisy = np.asarray(Noisy.carry(np.full(20_000, number)) * 1).astype(float)
        errors = noisy / float(number) - 1
        assert np.mean(errors != 0) > 0.25
        assert abs(np.mean(errors)) < 0.05 * u
        assert 0.5 * u < np.std(errors) < 2 * u


@pytest.mark.parametrize("dtype", NARROW)
def test_what_underflows_errs_too_and_a_true_zero_does_not(dtype: str) -> None:
    """By up to the smallest number that there is."""
    smallest = smallest_subnormal(dtype)
    tiny = Noisy.carry(np.full(1000, 4 * smallest).astype(dtype))
    underflowed = np.asarray(tiny * tiny).astype(float)
    assert set(np.abs(underflowed)) == {0.0, smallest}
    assert not np.any(tiny * 0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_subnormal_numbers_on_the_way_are_noise_of_what_becomes_of_them(dtype: str) -> None:
    """A number of a hundred smallest steps has two digits, and does not regain them later."""
    small, large = 512 * smallest_subnormal(dtype), 2.0**40

    def gradient(arguments: Any) -> Any:
        x = arguments["x"]
        a, b = np.asarray(small, dtype=x.dtype), np.asarray(large, dtype=x.dtype)
        return x, {"x": x * a * b}

    x = np.random.default_rng(0).integers(100, 1000, size=200) / 4096
    problem = Problem(lambda arguments: arguments["x"], {"subject": gradient}, {"x": x}, dtype)
    exact = x * (small * large)
    error = np.abs(gradient(problem.cast(dtype))[1]["x"] - exact)
    noise = gradient_noise(problem, "subject", dtype)["x"]
    assert np.max(error) > 1e-3 * np.max(exact)
    assert np.all(error <= rounding_bound(noise, exact, dtype))
    assert np.all(rounding_bound(noise, exact, dtype) <= 0.2 * exact.max())


@pytest.mark.parametrize(("wide", "narrow"), [("float64", "float32"), ("float32", "bfloat16")])
def test_a_cast_to_a_narrower_dtype_errs_and_one_to_a_wider_does_not(
    wide: str, narrow: str
) -> None:
    """As the results of layers are cast that are computed in a wider dtype."""
    ones = Noisy.carry(np.ones(1000, dtype=wide))
    errors = np.asarray(ones.astype(narrow), dtype=WIDE) - 1
    assert 0.5 * unit_roundoff(narrow) < np.std(errors.astype(float)) < 2 * unit_roundoff(narrow)
    assert isinstance(ones.astype(narrow), StochasticArray)
    assert np.all(np.asarray(Noisy.carry(np.ones(9, dtype=narrow)).astype(wide)) == 1)


@pytest.mark.parametrize("dtype", NARROW)
def test_a_cast_that_underflows_errs_and_one_of_zero_does_not(dtype: str) -> None:
    """Code that computes in a wider dtype and rounds at its end has no other noise there."""
    least = smallest_subnormal(dtype)
    numbers = Noisy.carry(np.full(1000, least / 4, dtype=np.float32))
    seen = {float(number) / least for number in np.asarray(numbers.astype(dtype), dtype=float)}
    assert seen == {-1.0, 0.0, 1.0}
    assert not np.asarray((0 * numbers).astype(dtype), dtype=float).any()


def test_a_detour_through_a_narrower_dtype_is_no_noise_of_a_wider_one() -> None:
    """Else it would excuse itself: half of float32's digits lost, and its spread says nothing."""

    def detour(arguments: Any) -> Any:
        x = arguments["x"]
        lost = (x.astype(ml_dtypes.bfloat16) * 1).astype(x.dtype)
        return (x * x).sum(), {"x": 2 * lost}

    point = {"x": np.array([1.0, 1.5, 1.75])}
    problem = Problem(lambda a: (a["x"] * a["x"]).sum(), {"mine": detour}, point, "float32")
    assert np.max(gradient_noise(problem, "mine", "float32")["x"]) < 16 * unit_roundoff("float32")


def test_exact_operations_and_zeros_stay_exact() -> None:
    """A sign, a maximum, a copy and a product with zero round nothing."""
    numbers = Noisy.carry(np.array([-1.5, 0.0, 2.5]))
    for result in (-numbers, np.abs(numbers), np.maximum(numbers, 0), numbers.copy(), numbers > 0):
        assert np.array_equal(result, result.astype(float))
    assert np.array_equal(np.maximum(numbers, 0), [0.0, 0.0, 2.5])
    assert np.array_equal(np.asarray(numbers * 0), [0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "through",
    [
        lambda a: np.where(a > 0, a, 0),
        lambda a: np.concatenate([a, a]),
        lambda a: a.sum(axis=0),
        lambda a: a @ a.T,
        lambda a: a[:, 0].copy(),
        lambda a: np.exp(a, out=a.copy()),
        lambda a: np.linalg.norm(a, axis=1),
        lambda a: np.split(a, 2)[1],
    ],
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_is_not_lost_on_the_way(dtype: str, through: Any) -> None:
    """NumPy's functions give back stochastic numbers, so that later operations still err."""
    result = through(Noisy.carry(np.random.default_rng(0).normal(size=(4, 4)).astype(dtype)))
    assert isinstance(result, StochasticArray)


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_of_repeated_indices_err_as_one_addition_after_the_other_does(dtype: str) -> None:
    """Sixty numbers of one sign in each place: the true error is within eight spreads."""
    values = np.random.default_rng(0).uniform(1, 2, size=(60, 50)).astype(dtype)
    places = np.zeros((60, 1), dtype=int)

    def accumulated(numbers: Any) -> Any:
        sums = np.zeros_like(numbers, shape=(1, 50))
        np.add.at(sums, (places, np.arange(50)), numbers)
        return sums[0]

    exact, rounded = values.astype(WIDE).sum(axis=0), accumulated(values).astype(WIDE)
    samples = [accumulated(Noisy.carry(values)).astype(WIDE) - rounded for _ in range(SAMPLES)]
    spread = np.sqrt(np.mean(np.square(samples), axis=0))
    u = unit_roundoff(dtype)
    assert np.all(np.abs(rounded - exact) <= 8 * spread)
    assert np.all(spread > u * exact)
    assert np.all(spread < 20 * u * exact)


def test_cancellation_shows_in_the_noise_of_a_function() -> None:
    """(1 + x) - 1 has lost all digits of a small x; x itself has not."""
    x = {"x": np.array([2.0**-40])}
    lost = Problem(lambda arguments: ((1 + arguments["x"]) - 1).sum(), {}, x)
    kept = Problem(lambda arguments: (2 * arguments["x"]).sum(), {}, x)
    assert function_noise(lost, np.float64) > 1e-17
    assert function_noise(kept, np.float64) < 1e-27


@pytest.mark.parametrize("dtype", DTYPES)
def test_true_errors_stay_within_eight_spreads(dtype: str) -> None:
    """Here for a sigmoid network, against the wider precision."""
    architecture = Architecture((6,), (Dense(6), Sigmoid(), Dense(4), Sigmoid()))
    for seed in range(20):
        problem = hand_written.problem(Case(architecture, dtype, batch=4, seed=seed))
        gradient = problem.gradients["vectorised"]
        _, rounded = gradient(problem.cast(dtype))
        _, exact = gradient(problem.cast(WIDE))
        noise = gradient_noise(problem, "vectorised", dtype)
        for name, spread in noise.items():
            if name != "value":
                bound = 8 * spread + 4 * unit_roundoff(dtype) * np.abs(exact[name])
                assert np.all(np.abs(rounded[name].astype(WIDE) - exact[name]) <= bound)
                assert np.max(spread) < 1e4 * unit_roundoff(dtype) * np.max(np.abs(exact[name]))


def test_noise_of_a_gradient_with_the_wrong_shape_is_left_out() -> None:
    """Nothing can be said of it, and the others keep theirs."""

    def gradient(arguments: Any) -> Any:
        x, y = arguments["x"], arguments["y"]
        return (x * x * y).sum(), {"x": 2 * x * y, "y": (x * x).sum()}

    point = {"x": np.array([1.5, 2.5]), "y": np.array([0.1, 0.3])}
    problem = Problem(lambda a: (a["x"] * a["x"] * a["y"]).sum(), {"mine": gradient}, point)
    assert set(gradient_noise(problem, "mine", "float64")) == {"value", "x"}


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_rounding_may_take_for_no_number_is_of_no_accuracy(dtype: str) -> None:
    """Errors at random tell two products apart that are equal."""

    def gradient(arguments: Any) -> Any:
        x = arguments["x"]
        picked = np.max(3 * x) == 3 * x
        with np.errstate(invalid="ignore"):
            return np.max(3 * x), {"x": (3 * picked / np.sum(picked)).astype(x.dtype)}

    problem = Problem(lambda a: np.max(3 * a["x"]), {"mine": gradient}, {"x": np.array([1.0, 2.0])})
    spread = gradient_noise(problem, "mine", dtype)
    assert np.isposinf(spread["x"]).all()
    assert np.isfinite(spread["value"])


def test_rounding_errors_of_many_elements_may_measure_more_spreads() -> None:
    """Normal errors in units of spreads of eight samples: some of a million are beyond eight."""
    random = np.random.default_rng(3)
    count = 1_000_000
    spread = np.sqrt(np.mean(random.normal(size=(SAMPLES, count)) ** 2, axis=0))
    error = np.abs(random.normal(size=count))
    assert np.sum(error > 8 * spread) > 10
    assert not np.any(error > rounding_bound(spread, np.zeros(count), "float64"))
    few = rounding_bound(spread[:1000], np.zeros(1000), "float64")
    assert np.allclose(few, 8 * spread[:1000])


def test_of_two_precisions_the_largest_difference_counts_for_all() -> None:
    """As one is small by chance; the last operations of the wider one come on top."""
    wide = np.array([1.0, 0.0, -4.0])
    narrow = wide + np.array([0.0, 0.0, 2.0**-20])
    found = rounding_uncertainty(wide, narrow, 2.0**-53, 2.0**-24)
    np.testing.assert_array_equal(found, 256 * 2.0**-49 + 8 * 2.0**-53 * np.abs(wide))
    assert rounding_uncertainty(wide[:0], narrow[:0], 2.0**-53, 2.0**-24).shape == (0,)
