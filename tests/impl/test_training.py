"""Gradient descent: its three kinds, the update rule, convergence to known answers, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Layer, Network, dense, initialise, train, update, xavier, zeros
from handgrad.training import batches


def line() -> tuple[np.ndarray, np.ndarray]:
    """Twenty points near a line."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (20, 1))
    return x, 3 * x - 0.5 + 0.01 * random.normal(size=x.shape)


@pytest.mark.parametrize("kernels", ["vectorised", "looped"])
def test_batch_descent_finds_the_least_squares_line(kernels: str) -> None:
    """Slope and intercept of the closed form, to the last digits."""
    network = Network([dense(1, 1)], kernels=kernels)
    x, y = line()
    *_, last = train(
        network, initialise(network, zeros), (x, y), (x, y), epochs=400, learning_rate=0.5
    )
    slope, intercept = np.polyfit(x[:, 0], y[:, 0], 1)
    assert last.parameters["1.weight"].item() == pytest.approx(slope, rel=1e-12)
    assert last.parameters["1.bias"].item() == pytest.approx(intercept, rel=1e-12)


@pytest.mark.parametrize("size", [None, 1, 8])
def test_every_kind_of_descent_lowers_both_losses(size: int | None) -> None:
    """Batch, stochastic and mini-batch, on a network that has to bend."""
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, (60, 2))
    y = (x[:, :1] * x[:, 1:] > 0).astype(float)
    network = Network([dense(2, 8), Layer("tanh"), dense(8, 1)], "binary_cross_entropy")
    history = train(
        network,
        initialise(network, xavier),
        (x[:40], y[:40]),
        (x[40:], y[40:]),
        epochs=100 if size else 600,
        learning_rate=0.3 if size else 1.0,
        batch_size=size,
    )
    assert history[-1].train_loss < 0.6 * history[0].train_loss
    assert history[-1].test_loss < 0.8 * history[0].test_loss


def test_batches_cover_every_sample_once_an_epoch() -> None:
    """Shuffled, the last one smaller; all in order for batch descent."""
    random = np.random.default_rng(0)
    parts = list(batches(10, 4, random))
    assert [len(part) for part in parts] == [4, 4, 2]
    assert sorted(np.concatenate(parts)) == list(range(10))
    assert not np.array_equal(np.concatenate(parts), np.arange(10))
    assert [list(part) for part in batches(3, None, random)] == [[0, 1, 2]]


def test_records_progress_and_callback() -> None:
    """Epoch 0 is the state before training; the bar wraps the epochs; seeds repeat."""
    network = Network([dense(1, 1)])
    data, seen, wrapped = line(), [], []

    def progress(epochs):
        wrapped.extend(epochs)
        return wrapped

    start = initialise(network, xavier)
    settings = {"epochs": 3, "learning_rate": 0.1, "batch_size": 4, "seed": 5}
    history = train(network, start, data, data, progress=progress, on_epoch=seen.append, **settings)
    assert seen == history
    assert wrapped == [1, 2, 3]
    assert [epoch.number for epoch in history] == [0, 1, 2, 3]
    assert history[0].parameters == start
    again = train(network, start, data, data, **settings)
    assert again[-1].train_loss == history[-1].train_loss


def test_update_rule_takes_a_step_downhill_and_leaves_the_old_values() -> None:
    """w_new = w_old - η ∂L/∂w_old, in the dtype of the parameter."""
    old = {"w": np.array([1.0, 2.0], dtype=np.float32)}
    new = update(old, {"w": np.array([10.0, -10.0], dtype=np.float32)}, 0.1)
    np.testing.assert_allclose(new["w"], [0.0, 3.0])
    assert new["w"].dtype == np.float32
    assert list(old["w"]) == [1.0, 2.0]


def test_update_refuses_a_gradient_that_would_reshape_the_parameter() -> None:
    """NumPy would broadcast a bias into a matrix, silently."""
    with pytest.raises(ValueError, match=r"gradient of 1.bias has shape \(2, 1\), not \(1,\)"):
        update({"1.bias": np.zeros(1)}, {"1.bias": np.zeros((2, 1))}, 0.1)


def test_update_leaves_what_has_no_gradient() -> None:
    """A mask goes with the parameters and stays what it is."""
    arrays = {"1.bias": np.ones(1), "2.mask": np.ones(3)}
    new = update(arrays, {"1.bias": np.ones(1), "x": np.ones(3)}, 0.5)
    assert new["2.mask"] is arrays["2.mask"]
    assert list(new) == ["1.bias", "2.mask"]
    assert new["1.bias"] == 0.5


def masked(kernels: str = "vectorised") -> tuple[Network, dict[str, np.ndarray]]:
    """A network with a dropout, and its first values with a mask for 20 + 5 samples."""
    dropout = Layer("dropout", settings={"probability": 0.5}, constants={"mask": True})
    weighted = Layer("softmax_cross_entropy", constants={"class_weight": False})
    layers = [dense(1, 6), Layer("tanh"), dropout, dense(6, 2)]
    network = Network(layers, weighted, kernels=kernels)
    mask = np.random.default_rng(3).integers(0, 2, (25, 6)).astype(float)
    weight = np.array([1.0, 2.0])
    return network, {**initialise(network, xavier), "3.mask": mask, "loss.class_weight": weight}


@pytest.mark.parametrize("kernels", ["vectorised", "looped"])
@pytest.mark.parametrize("size", [None, 8])
def test_constants_by_sample_go_with_their_samples(kernels: str, size: int | None) -> None:
    """Every step and both losses are those of masks cut by hand; no constant is changed."""
    (network, given), (x, y) = masked(kernels), line()
    labels, seen = (y[:, 0] > 0).astype(int), np.array([0, 1, 1, 0, 1])
    test = np.linspace(-1, 1, 5)[:, None]
    *_, last = train(
        network,
        given,
        (x, labels),
        (test, seen),
        epochs=2,
        learning_rate=0.1,
        batch_size=size,
        seed=4,
    )
    expected, random = dict(given), np.random.default_rng(4)
    for _ in range(2):
        for rows in batches(20, size, random):
            own = {**expected, "3.mask": given["3.mask"][rows]}
            _, gradients = network.value_and_grad(own, x[rows], labels[rows])
            for name in network.shapes:
                expected[name] = expected[name] - 0.1 * gradients[name]
    for name, array in expected.items():
        assert np.array_equal(last.parameters[name], array)
    for rows, data, loss in (
        (slice(20), (x, labels), last.train_loss),
        (slice(20, 25), (test, seen), last.test_loss),
    ):
        assert network.loss({**expected, "3.mask": given["3.mask"][rows]}, *data) == loss


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"3.mask": np.ones((20, 6))}, r"3.mask of shape \(20, 6\).* 20 train .* 5 test samples"),
        ({"3.mask": np.float64(1)}, r"3.mask of shape \(\).* 20 train .* 5 test samples"),
        (
            {"4.wieght": np.ones((6, 2))},
            "4.wieght is no parameter and no constant of the network; there are: 1.w",
        ),
    ],
)
def test_names_and_constants_that_do_not_fit_are_refused(change: dict, sentence: str) -> None:
    """A name that is misspelt would silently stay what it is."""
    (network, given), x = masked(), line()[0]
    train_data, test_data = (x, np.zeros(20, dtype=int)), (x[:5], np.zeros(5, dtype=int))
    with pytest.raises(ValueError, match=sentence):
        train(network, given | change, train_data, test_data, epochs=1, learning_rate=0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": -1}, "epochs must be 0 or more, not -1"),
        ({"learning_rate": 0.0}, "learning rate must be a positive number, not 0.0"),
        ({"learning_rate": float("nan")}, "learning rate must be a positive number, not nan"),
        ({"batch_size": 0}, "batch size must be 1 or more, or None for all, not 0"),
        ({"train_data": (np.ones((2, 1)), np.ones((3, 1)))}, "2 samples but 3 targets"),
        ({"test_data": (np.array([[np.nan]]), np.ones((1, 1)))}, "test data hold a NaN"),
        ({"train_data": (np.ones((0, 1)), np.ones((0, 1)))}, "batch is empty"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(change: dict, sentence: str) -> None:
    """Before the first step is taken."""
    network, data = Network([dense(1, 1)]), line()
    settings = {"train_data": data, "test_data": data, "epochs": 1, "learning_rate": 0.1} | change
    with pytest.raises(ValueError, match=sentence):
        train(network, initialise(network, xavier), **settings)
