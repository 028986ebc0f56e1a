"""Initialisation: spreads, fans, orthogonality, zeros and ones, the same values from one seed."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Layer, Network, dense, he, initialise, ones, orthogonal, xavier, zeros

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


def first(kind: str, scheme, groups: int = 0, **shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The first values of one layer by the names of its parameters."""
    layer = Layer(kind, shapes, {"groups": groups} if groups else {})
    return {n.removeprefix("1."): a for n, a in initialise(Network([layer]), scheme).items()}


@pytest.mark.parametrize(
    ("kind", "shape", "groups", "fan_in", "fan_out"),
    [
        ("convolution1d", (80, 50, 3), 1, 150, 240),
        ("convolution2d", (40, 30, 3, 5), 1, 450, 600),
        ("convolution2d", (40, 15, 3, 5), 2, 225, 300),
        ("transposed_convolution1d", (50, 80, 3), 1, 150, 240),
        ("transposed_convolution2d", (30, 40, 3, 5), 1, 450, 600),
        ("transposed_convolution2d", (30, 20, 3, 5), 2, 225, 300),
        ("embedding", (200, 300), 0, 200, 300),
    ],
)
def test_fans_follow_the_layout_of_the_weight(
    kind: str, shape: tuple[int, ...], groups: int, fan_in: int, fan_out: int
) -> None:
    """Convolutions (o, i, *kernel), transposed ones (i, o, *kernel), each group by itself."""
    for scheme, variance in ((he, 2 / fan_in), (xavier, 2 / (fan_in + fan_out))):
        weight = first(kind, scheme, groups, weight=shape)["weight"]
        assert weight.shape == shape
        assert np.std(weight) == pytest.approx(np.sqrt(variance), rel=0.03)


def test_orthogonal_convolutions_are_orthonormal_in_what_a_neuron_reads() -> None:
    """Of each group: rows of channels and places of a kernel."""
    forward = first("convolution2d", orthogonal, 2, weight=(8, 3, 2, 2))["weight"]
    transposed = first("transposed_convolution2d", orthogonal, 2, weight=(6, 4, 2, 2))["weight"]
    for group in forward.reshape(2, 4, 12):
        np.testing.assert_allclose(group @ group.T, np.eye(4), atol=1e-14)
    for group in transposed.swapaxes(0, 1).reshape(4, 2, 12).swapaxes(0, 1):
        np.testing.assert_allclose(group @ group.T, np.eye(4), atol=1e-14)


@pytest.mark.parametrize("kind", ["batch_norm", "batch_norm_eval", "group_norm", "layer_norm"])
def test_scales_of_normalisations_start_at_one(kind: str) -> None:
    """Whatever the scheme, and where they have two axes too; and nothing is drawn for them."""
    shape = (3, 4) if kind == "layer_norm" else (4,)
    values = first(kind, orthogonal, weight=shape, bias=shape)
    assert np.array_equal(values["weight"], np.ones(shape))
    assert not values["bias"].any()
    assert np.array_equal(first("rms_norm", he, weight=shape)["weight"], np.ones(shape))


def test_all_matrices_are_drawn_and_first_states_are_zero() -> None:
    """The recurrent weights of an LSTM, the projections of attention and its memory."""
    lstm = {"weight": (3, 8), "recurrent": (2, 8), "bias": (8,), "state": (2,), "cell": (2,)}
    attention = {"query_weight": (3, 4), "query_bias": (4,), "memory": (5, 3)}
    for kind, shapes in (("lstm", lstm), ("attention", attention)):
        values = first(kind, he, **shapes)
        matrices = {name for name, shape in shapes.items() if len(shape) > 1}
        assert {name for name, array in values.items() if array.all()} == matrices
        assert {name for name, array in values.items() if array.any()} == matrices


def test_layers_that_share_parameters_draw_them_once() -> None:
    """The names are those of the network."""
    network = Network([dense(3, 3), dense(3, 3)], shared={"2": "1"})
    assert list(initialise(network, he)) == ["1.weight", "1.bias"]


def test_a_scheme_without_two_fans_is_refused_in_a_sentence() -> None:
    """As are groups that do not part the channels."""
    for scheme in (xavier, he, orthogonal):
        with pytest.raises(ValueError, match=r"two axes or more, not \(5,\)"):
            scheme((5,), np.random.default_rng(0))
    with pytest.raises(ValueError, match="5 channels cannot be parted into 2 equal groups"):
        first("convolution1d", he, 2, weight=(5, 3, 2))
