"""Iris: the test loss falls below its bound from three seeds, for both losses."""

from __future__ import annotations

import numpy as np
import pytest

import iris
from clinometer.campaign.iris import Lesson
from iris import BOUNDS, EPOCHS, LESSONS, SEEDS, learn, rightly_named


@pytest.mark.parametrize("task", LESSONS, ids=lambda task: task.architecture.loss.kind)
def test_the_test_loss_ends_below_its_bound(task: Lesson) -> None:
    """From three seeds, and nine in ten of the flowers are named rightly."""
    assert len(SEEDS) == 3
    bound = BOUNDS[task.architecture.loss.kind]
    for seed in SEEDS:
        history = learn(task, seed, EPOCHS)
        assert history[0].test_loss > 3 * bound
        assert history[-1].test_loss < bound
        assert history[-1].train_loss < history[0].train_loss / 10
        assert rightly_named(task, history[-1]) >= 0.9


def test_seeds_differ() -> None:
    """Three seeds are three trainings."""
    ends = {learn(LESSONS[0], seed, 1)[-1].test_loss for seed in SEEDS}
    assert len(ends) == 3


def test_the_bounds_are_those_of_networks_that_have_learnt() -> None:
    """Far below what guessing costs: one third each, or its logarithm."""
    guess = np.mean((np.full(3, 1 / 3) - [1, 0, 0]) ** 2)
    assert BOUNDS["mean_squared_error"] < guess / 4
    assert BOUNDS["softmax_cross_entropy"] < np.log(3) / 4
    assert set(BOUNDS) == {task.architecture.loss.kind for task in iris.LESSONS}
