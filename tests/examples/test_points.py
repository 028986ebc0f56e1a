"""Blue and red points: derivatives of the pieces, and a boundary that parts the points."""

from __future__ import annotations

import math

import numpy as np
import pytest

import points
from handgrad import Epoch, initialise, train, xavier
from points import NETWORK, boundary, matrix, with_one
from tests.examples.lessons import small, tables


@pytest.fixture(scope="module")
def history() -> list[Epoch]:
    """The whole training."""
    data = points.data()
    return train(
        NETWORK,
        initialise(NETWORK, xavier, points.SEED),
        data,
        data,
        epochs=points.EPOCHS,
        learning_rate=points.RATE,
    )


def test_the_derivatives_of_the_sigmoid_and_of_h() -> None:
    """σ' = σ (1 - σ), and ∂h/∂h₁ = W⁽²⁾₁₁ σ'(h₁)."""
    of_sigmoid, of_h, *_ = tables(small("points"), "derivatives")

    def slope(z: float) -> float:
        return math.exp(-z) / (1 + math.exp(-z)) ** 2

    assert [float(n) for n in of_sigmoid.rows[0][1:]] == pytest.approx(
        [slope(-2), 0.25, slope(2)], rel=1e-9
    )
    assert [float(n) for n in of_h.rows[0][1:]] == pytest.approx(
        [3 * slope(0.5), -2 * slope(-1)], rel=1e-9
    )


def test_biases_are_one_more_row_of_each_matrix() -> None:
    """What the matrices give is what the network gives."""
    parameters = initialise(NETWORK, xavier)
    parameters["3.bias"] = np.array([0.75])
    x, _ = points.data()
    w1, w2 = matrix(parameters, 1), matrix(parameters, 3)
    assert (w1.shape, w2.shape, w2[2, 0]) == ((3, 2), (3, 1), 0.75)
    h = with_one(points.sigmoid(with_one(x) @ w1)) @ w2
    assert h == pytest.approx(NETWORK.forward(parameters, x)[0], rel=1e-12)


def test_the_points_are_parted_in_the_end(history: list[Epoch]) -> None:
    """No point is on the wrong side, which no straight line achieves."""
    x, y = points.data()
    assert 20 < y.sum() < len(y) - 20
    assert history[-1].train_loss < 0.03
    right = (NETWORK.forward(history[-1].parameters, x)[0] > 0) == (y > 0)
    assert right.all()


def test_the_boundary_is_where_both_are_equally_probable(history: list[Epoch]) -> None:
    """Along all of it h is next to nothing beside what it is elsewhere, and it moves."""
    ends = {}
    for number in (30, 100, 1000):
        line = np.array(boundary(history[number]))
        line = line[np.isfinite(line).all(axis=1)]
        h = NETWORK.forward(history[number].parameters, line)[0]
        everywhere = NETWORK.forward(history[number].parameters, points.data()[0])[0]
        assert np.max(np.abs(h)) < 0.05 * np.max(np.abs(everywhere))
        ends[number] = line[:, 1].min()
    assert len(set(ends.values())) == 3
