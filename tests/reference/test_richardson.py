"""Extrapolation: its error bound on smooth ground, with rounding, and near kinks of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.richardson import RATIO, Limit, extrapolate, kinks

STEPS = 4 * RATIO ** -np.arange(12.0)


def central(right: Any, left: Any, rounding: Any) -> Limit:
    """The limit of central differences from the difference quotients on both sides."""
    _, distrust = kinks(right - left, rounding)
    return extrapolate((right + left) / 2, rounding, 2, distrust)


@pytest.mark.parametrize("power", [1, 2])
def test_powers_of_the_step_are_removed(power: int) -> None:
    """Five of them, down to rounding."""
    measured = 3 + sum(STEPS ** (power * q) / 4**q for q in range(1, 6))
    limit = extrapolate(measured, np.full(12, 1e-16), power)
    assert abs(limit.value - 3) <= limit.error < 1e-12


def test_what_is_not_finite_is_passed_over() -> None:
    """The largest steps may leave a function's domain; nothing at all is known of no number."""
    measured = np.where(STEPS > 1, np.nan, 3 + STEPS**2)
    assert abs(extrapolate(measured, np.full(12, 1e-15), 2).value - 3) < 1e-12
    assert extrapolate(np.full(12, np.nan), np.full(12, 1e-15), 2).error == np.inf


@pytest.mark.parametrize("rounding", [1e-16, 1e-12, 1e-8])
def test_the_error_holds_near_kinks_of_any_size_and_distance(rounding: float) -> None:
    """Those that only the larger steps show, as finer ones drown them in rounding, among them."""
    random = np.random.default_rng(0)
    jump = 10.0 ** random.uniform(-12, 0, size=(4000, 1))
    distance = 10.0 ** random.uniform(-7, 0, size=(4000, 1))
    noise = rounding / STEPS
    beyond = jump * np.maximum(STEPS - distance, 0) / STEPS
    right = 1 + beyond + noise * random.uniform(-1, 1, size=(4000, 12))
    left = 1 + noise * random.uniform(-1, 1, size=(4000, 12))
    limit = central(right, left, np.broadcast_to(noise, right.shape))
    assert np.all(np.abs(limit.value - 1) <= limit.error)


def test_a_kink_at_the_point_is_seen_at_every_step() -> None:
    """And none is where the slopes differ by a curvature."""
    noise = 1e-15 / STEPS
    seen, _ = kinks(np.ones(12), noise)
    assert np.all(seen[2:] == 1)
    seen, distrust = kinks(STEPS + STEPS**3, noise)
    assert not seen.any()
    assert np.all(distrust[2:] < 1e-14)
