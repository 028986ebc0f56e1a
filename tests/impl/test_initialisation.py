"""Initialisation: spreads, orthogonality, zeros for biases, and the same values from one seed."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Network, dense, he, initialise, ones, orthogonal, xavier, zeros

SHAPE = (200, 300)


@pytest.mark.parametrize(
    ("scheme", "spread"),
    [(zeros, 0.0), (ones, 0.0), (xavier, np.sqrt(2 / 500)), (he, np.sqrt(2 / 200))],
)
def test_weights_have_the_spread_of_their_scheme(scheme, spread: float) -> None:
    """Glorot's and He's variances; 60 000 draws are within 2 % of them."""
    weights = scheme(SHAPE, np.random.default_rng(0))
    assert weights.shape == SHAPE
    assert np.std(weights) == pytest.approx(spread, rel=0.02)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (1, 6)])
def test_orthogonal_weights_keep_lengths(shape: tuple[int, int]) -> None:
    """The shorter side is orthonormal."""
    weights = orthogonal(shape, np.random.default_rng(0))
    short = weights if shape[0] <= shape[1] else weights.T
    np.testing.assert_allclose(short @ short.T, np.eye(min(shape)), atol=1e-14)


def test_biases_start_at_zero_and_seeds_repeat() -> None:
    """One seed, one set of values; another seed, another."""
    network = Network([dense(3, 4), dense(4, 2)])
    first, again, other = (initialise(network, xavier, seed) for seed in (1, 1, 2))
    assert not first["1.bias"].any()
    assert all(np.array_equal(first[name], again[name]) for name in network.shapes)
    assert not np.array_equal(first["1.weight"], other["1.weight"])
    assert initialise(network, ones, dtype=np.float32)["2.weight"].dtype == np.float32
