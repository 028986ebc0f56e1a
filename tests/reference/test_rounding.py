"""Stochastic arithmetic: its size, what it leaves alone, and that it stays in the code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers import Dense, Sigmoid
from clinometer.formula import WIDE
from clinometer.problem import Problem
from clinometer.rounding import (
    SAMPLES,
    StochasticArray,
    function_noise,
    gradient_noise,
    rounding_bound,
    unit_roundoff,
)
from clinometer.subjects import hand_written


class Noisy(StochasticArray):
    """Stochastic numbers of one seed."""

    random = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_operation_errs_by_about_a_roundoff(dtype: str) -> None:
    """Up to two units, and about one on the average."""
    ones = Noisy.carry(np.ones(10_000, dtype=dtype))
    errors = np.asarray(ones * ones, dtype=WIDE) - 1
    u = unit_roundoff(dtype)
    assert np.max(np.abs(errors)) <= 2 * u
    assert 0.5 * u < np.std(errors.astype(float)) < 2 * u
    assert (ones * ones).dtype == dtype


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
def test_noise_is_not_lost_on_the_way(through: Any) -> None:
    """NumPy's functions give back stochastic numbers, so that later operations still err."""
    result = through(Noisy.carry(np.random.default_rng(0).normal(size=(4, 4))))
    assert isinstance(result, StochasticArray)


def test_cancellation_shows_in_the_noise_of_a_function() -> None:
    """(1 + x) - 1 has lost all digits of a small x; x itself has not."""
    x = {"x": np.array([2.0**-40])}
    lost = Problem(lambda arguments: ((1 + arguments["x"]) - 1).sum(), {}, x)
    kept = Problem(lambda arguments: (2 * arguments["x"]).sum(), {}, x)
    assert function_noise(lost) > 1e-17
    assert function_noise(kept) < 1e-27


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_true_errors_stay_within_eight_spreads(dtype: str) -> None:
    """Here for a sigmoid network, against the wider precision."""
    architecture = Architecture((6,), (Dense(6), Sigmoid(), Dense(4), Sigmoid()))
    for seed in range(20):
        problem = hand_written.problem(Case(architecture, dtype, batch=4, seed=seed))
        gradient = problem.gradients["vectorised"]
        _, rounded = gradient(problem.cast(dtype))
        _, exact = gradient(problem.cast(WIDE))
        noise = gradient_noise(problem, dtype)
        for name, spread in noise.items():
            if name != "value":
                bound = 8 * spread + 4 * unit_roundoff(dtype) * np.abs(exact[name])
                assert np.all(np.abs(rounded[name] - exact[name]) <= bound)
                assert np.max(spread) < 1e4 * unit_roundoff(dtype) * np.max(np.abs(exact[name]))


def test_noise_of_a_gradient_with_the_wrong_shape_is_left_out() -> None:
    """Nothing can be said of it, and the others keep theirs."""

    def gradient(arguments: Any) -> Any:
        x, y = arguments["x"], arguments["y"]
        return (x * x * y).sum(), {"x": 2 * x * y, "y": (x * x).sum()}

    point = {"x": np.array([1.5, 2.5]), "y": np.array([0.1, 0.3])}
    problem = Problem(lambda a: (a["x"] * a["x"] * a["y"]).sum(), {"mine": gradient}, point)
    assert set(gradient_noise(problem, "float64")) == {"value", "x"}


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
