"""Networks: gradients against sums done by hand, blocks, per-sample gradients and bad input."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from handgrad import Layer, Network, Parallel, dense, gradient_norms, initialise, residual, xavier

SETS = ["vectorised", "looped"]


def small(kernels: str, loss: str = "mean_squared_error", penalty: Layer | None = None) -> Network:
    """Three inputs, a residual block, two outputs."""
    layers = [dense(3, 4), Layer("tanh"), residual(dense(4, 4), Layer("sigmoid")), dense(4, 2)]
    return Network(layers, loss, penalty, kernels)


def data(samples: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets for `small`."""
    random = np.random.default_rng(2)
    return random.normal(size=(samples, 3)), random.normal(size=(samples, 2))


def test_parameters_are_named_by_their_place() -> None:
    """Layers count from 1, branches too; the skip path is the first branch of its block."""
    assert small("vectorised").shapes == {
        "1.weight": (3, 4),
        "1.bias": (4,),
        "3.2.1.weight": (4, 4),
        "3.2.1.bias": (4,),
        "4.weight": (4, 2),
        "4.bias": (2,),
    }


@pytest.mark.parametrize("kernels", SETS)
def test_nine_derivatives_of_a_linear_network_by_hand(kernels: str) -> None:
    """The chain rule written out for two inputs, two hidden neurons and one output."""
    network = Network([dense(2, 2), dense(2, 1)], "sum_squared_error", kernels=kernels)
    w1, b1 = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0.5, -0.5])
    w2, b2 = np.array([[2.0], [-3.0]]), np.array([1.0])
    x, y = np.array([[1.0, 2.0]]), np.array([[4.0]])
    hidden = np.array([1 * 1 + 2 * 3 + 0.5, 1 * 2 - 2 * 1 - 0.5])
    output = 2 * hidden[0] - 3 * hidden[1] + 1
    parameters = {"1.weight": w1, "1.bias": b1, "2.weight": w2, "2.bias": b2}
    loss, gradients = network.value_and_grad(parameters, x, y)
    slope = -2 * (4 - output)  # ∂(y - ŷ)²/∂ŷ
    assert loss == (4 - output) ** 2
    np.testing.assert_allclose(gradients["2.weight"][:, 0], slope * hidden)
    np.testing.assert_allclose(gradients["2.bias"], [slope])
    np.testing.assert_allclose(gradients["1.bias"], slope * w2[:, 0])
    np.testing.assert_allclose(gradients["1.weight"], slope * np.outer(x[0], w2[:, 0]))
    np.testing.assert_allclose(gradients["x"][0], slope * w1 @ w2[:, 0])


@pytest.mark.parametrize("kernels", SETS)
def test_forward_and_backward_are_the_halves_of_value_and_grad(kernels: str) -> None:
    """Backward of the loss's own cotangent gives the gradients of the loss."""
    network = small(kernels)
    parameters, (x, target) = initialise(network, xavier), data()
    y, cache = network.forward(parameters, x)
    halves = network.backward(2 * (y - target) / y.size, cache)
    loss, whole = network.value_and_grad(parameters, x, target)
    assert loss == pytest.approx(np.mean((y - target) ** 2))
    for name, gradient in whole.items():
        np.testing.assert_allclose(halves[name], gradient, rtol=1e-12)


@pytest.mark.parametrize("kernels", SETS)
def test_batch_gradient_is_the_mean_of_the_per_sample_gradients(kernels: str) -> None:
    """For a mean loss, with a penalty, which every sample then carries."""
    network = small(kernels, penalty=Layer("l2_penalty", settings={"strength": 0.25}))
    parameters, (x, target) = initialise(network, xavier), data()
    _, batch = network.value_and_grad(parameters, x, target)
    samples = network.per_sample_gradients(parameters, x, target)
    for name in network.shapes:
        assert samples[name].shape == (5, *network.shapes[name])
        np.testing.assert_allclose(samples[name].mean(axis=0), batch[name], rtol=1e-12)


@pytest.mark.parametrize("kernels", SETS)
def test_batch_gradient_is_the_sum_of_the_per_sample_gradients_of_a_sum(kernels: str) -> None:
    """For a loss that is a sum over samples, and for the loss of each row by itself."""
    for loss in ("sum_squared_error", "row_squared_error"):
        network = small(kernels, loss)
        parameters, (x, target) = initialise(network, xavier), data()
        _, batch = network.value_and_grad(parameters, x, target)
        samples = network.per_sample_gradients(parameters, x, target)
        for name in network.shapes:
            np.testing.assert_allclose(samples[name].sum(axis=0), batch[name], rtol=1e-12)


def test_penalty_adds_to_weights_only() -> None:
    """2 λ w on every weight, nothing on a bias or on the input."""
    penalty = Layer("l2_penalty", settings={"strength": 0.25})
    plain, penalised = small("vectorised"), small("vectorised", penalty=penalty)
    parameters, (x, target) = initialise(plain, xavier), data()
    _, without = plain.value_and_grad(parameters, x, target)
    _, with_penalty = penalised.value_and_grad(parameters, x, target)
    for name, gradient in without.items():
        extra = 0.5 * parameters[name] if name.endswith("weight") else 0
        np.testing.assert_allclose(with_penalty[name], gradient + extra, rtol=1e-12)


def test_cotangents_weigh_the_rows() -> None:
    """The gradient of a weighted sum of row losses is the weighted sum of their gradients."""
    network = small("vectorised", "row_squared_error")
    parameters, (x, target) = initialise(network, xavier), data()
    weights = np.array([1.0, -2.0, 0.0, 0.5, 3.0])
    _, gradients = network.value_and_grad(parameters, x, target, weights)
    samples = network.per_sample_gradients(parameters, x, target)
    for name in network.shapes:
        expected = np.tensordot(weights, samples[name], axes=1)
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-12, atol=1e-14)


def test_an_input_that_feeds_two_branches_gets_both_gradients() -> None:
    """X + x and x · x, where counting a branch once gives half."""
    for join, slope in (("add", 2.0), ("multiply", 6.0)):
        network = Network([Parallel(((), ()), join)], "outputs")
        _, gradients = network.value_and_grad({}, np.array([[3.0]]))
        assert gradients["x"] == [[slope]]


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize(
    "dtype", ["float16", ml_dtypes.bfloat16, "float32", "float64", "longdouble"]
)
def test_gradients_come_in_the_dtype_of_the_input(kernels: str, dtype: Any) -> None:
    """With a penalty too, whose strength is a Python float."""
    network = small(kernels, penalty=Layer("l2_penalty", settings={"strength": 0.3}))
    parameters, (x, target) = initialise(network, xavier, dtype=dtype), data()
    loss, gradients = network.value_and_grad(parameters, x.astype(dtype), target.astype(dtype))
    assert {g.dtype for g in gradients.values()} == {loss.dtype} == {np.dtype(dtype)}


def test_no_layer_passes_a_wider_dtype_on() -> None:
    """NumPy multiplies bfloat16 matrices in float32: the next layer gets them rounded."""
    layers = [dense(3, 4), Layer("leaky_relu", settings={"slope": 0.3}), dense(4, 2)]
    network, bfloat16 = Network(layers), ml_dtypes.bfloat16
    parameters, (x, _) = initialise(network, xavier, dtype=bfloat16), data()
    y = x.astype(bfloat16)
    for count in range(1, 4):
        whole, _ = Network(layers[:count]).forward(parameters, x.astype(bfloat16))
        step, values = (
            layers[count - 1],
            [parameters.get(f"{count}.{n}") for n in ("weight", "bias")],
        )
        if step.kind == "dense":
            y = ((y @ values[0]) + values[1]).astype(bfloat16)
        else:
            y = np.where(y > 0, y, (0.3 * y.astype(np.float32)).astype(bfloat16))
        assert np.array_equal(whole, y)


def test_gradient_norms_show_vanishing_and_exploding() -> None:
    """Deep sigmoid networks lose their gradient towards the input; large weights blow it up."""
    depth = 8
    layers = [layer for _ in range(depth) for layer in (dense(6, 6), Layer("sigmoid"))]
    network = Network(layers)
    parameters, x = initialise(network, xavier), np.ones((4, 6))
    norms = gradient_norms(network.value_and_grad(parameters, x, np.zeros((4, 6)))[1])
    assert list(norms) == [str(2 * layer + 1) for layer in range(depth)]
    assert norms["1"] < 1e-3 * norms["15"]
    linear = Network([dense(6, 6) for _ in range(depth)])
    large = {n: 4 * a for n, a in initialise(linear, xavier).items()}
    _, gradients = linear.value_and_grad(large, x, np.zeros((4, 6)))
    assert np.linalg.norm(gradients["x"]) > 1e6


def test_gradient_norms_do_not_overflow_in_16_bits() -> None:
    """The square of 300 is beyond float16."""
    assert gradient_norms({"1.bias": np.array([300, 400], dtype=np.float16)}) == {"1": 500.0}


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"x": np.ones((0, 3))}, "the batch is empty"),
        ({"x": np.ones((5, 4))}, r"layer 1 \(dense\) cannot take its input"),
        ({"target": np.ones((5, 1))}, "the loss mean_squared_error cannot take its target"),
        ({"target": np.ones((4, 2))}, "the loss mean_squared_error cannot take its target"),
        (
            {"1.weight": np.ones((4, 3))},
            r"1.weight must be .* shape \(3, 4\), not one of shape \(4, 3\)",
        ),
        ({"1.weight": [1.0]}, r"an array of shape \(3, 4\), not a value of type list"),
        ({"x": [[1.0, 2.0, 3.0]]}, "x must be an array with a row .*, not a value of type list"),
        ({"x": np.array(1.0)}, r"x must be an array with a row .*, not one of shape \(\)"),
        ({"target": [[1.0, 2.0]] * 5}, "mean_squared_error needs an array .* of type list"),
        ({"4.bias": None}, r"parameter 4.bias of shape \(2,\) is missing"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    kernels: str, change: dict[str, np.ndarray | None], sentence: str
) -> None:
    """Shapes that do not fit are named, also where Python or NumPy would let them pass."""
    network = small(kernels)
    x, target = data()
    arrays = {**initialise(network, xavier), "x": x, "target": target, **change}
    given = {name: a for name, a in arrays.items() if a is not None}
    with pytest.raises(ValueError, match=sentence):
        network.value_and_grad(given, given.pop("x"), given.pop("target"))


@pytest.mark.parametrize("kernels", SETS)
def test_what_is_not_given_is_refused_in_a_sentence(kernels: str) -> None:
    """No target, where the loss has one; a parameter behind tokens; integers without any."""
    network, (x, _) = small(kernels), data()
    with pytest.raises(ValueError, match="mean_squared_error needs an array as its target, not no"):
        network.value_and_grad(initialise(network, xavier), x)
    embedding = Network([Layer("embedding", {"weight": (5, 3)})], "outputs", kernels=kernels)
    tokens = np.array([0, 4])
    for call in (embedding.forward, embedding.value_and_grad, embedding.per_sample_gradients):
        with pytest.raises(ValueError, match=r"parameter 1.weight of shape \(5, 3\) is missing"):
            call({}, tokens)
    with pytest.raises(ValueError, match="the batch is empty"):
        embedding.per_sample_gradients({}, tokens[:0])
    with pytest.raises(ValueError, match="x holds integers, which are tokens"):
        Network([Layer("tanh")], "outputs", kernels=kernels).value_and_grad({}, tokens[:, None])


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("cotangent", [np.ones(1), np.ones((5, 1)), np.ones(()), [1.0] * 5])
def test_a_cotangent_of_another_shape_is_refused(kernels: str, cotangent: Any) -> None:
    """NumPy would silently broadcast it, in the loss and in the outputs."""
    network, (x, target) = small(kernels, "row_squared_error"), data()
    parameters = initialise(network, xavier)
    with pytest.raises(ValueError, match=r"of the loss must be an array of shape \(5,\), not"):
        network.value_and_grad(parameters, x, target, cotangent)
    _, cache = network.forward(parameters, x)
    with pytest.raises(ValueError, match=r"of the outputs must be an array of shape \(5, 2\), not"):
        network.backward(cotangent, cache)


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("join", ["add", "multiply", "concatenate"])
def test_branches_that_do_not_fit_are_refused_with_their_block(kernels: str, join: str) -> None:
    """One column would silently be broadcast to three; a step of a sequence is no number."""
    layers, x = [Parallel(((), [dense(3, 1)]), join)], np.ones((5, 3))
    if join == "concatenate":
        layers, x = [Parallel(((), [Layer("flatten")]), join)], np.ones((5, 2, 3))
    network = Network([Layer("tanh"), *layers], "outputs", kernels=kernels)
    parameters = initialise(network, xavier)
    reason = (
        "" if join == "concatenate" else r"they must be of one shape, not \(5, 3\) and \(5, 1\)"
    )
    with pytest.raises(ValueError, match=rf"block 2 \({join}\) cannot join .*: {reason}"):
        network.forward(parameters, x)


@pytest.mark.parametrize("kernels", SETS)
def test_an_unknown_activation_is_refused_in_a_sentence(kernels: str) -> None:
    """With those that there are."""
    shapes = {"weight": (3, 2), "recurrent": (2, 2), "bias": (2,), "state": (2,)}
    settings = {"activation": "sine", "reverse": False}
    network = Network([Layer("rnn", shapes, settings)], "outputs", kernels=kernels)
    with pytest.raises(ValueError, match=r"1 \(rnn\).* must be tanh or relu, not 'sine'"):
        network.forward(initialise(network, xavier), np.ones((2, 4, 3)))


@pytest.mark.parametrize(
    "shared",
    [{"2": "7"}, {"22": "1"}, {"1": "2"}, {"2": "2"}, {"3": "1"}, {"5": "4"}, {"2": "1", "6": "2"}],
)
def test_sharing_that_cannot_be_is_refused(shared: dict[str, str]) -> None:
    """No such layer, a later one, itself, other shapes, no parameters, one that shares already."""
    tanh = Layer("tanh")
    layers = [dense(3, 3), dense(3, 3), dense(3, 2), tanh, tanh, dense(3, 3)]
    later, earlier = list(shared.items())[-1]
    with pytest.raises(ValueError, match=f"layer {later} cannot have the parameters of {earlier}:"):
        Network(layers, shared=shared)


@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("labels", [[0, 2], [0], [0, 1, 0]])
def test_labels_out_of_range_are_refused(kernels: str, labels: list[int]) -> None:
    """Too large, too few, too many."""
    network = Network([Layer("identity")], "softmax_cross_entropy", kernels=kernels)
    with pytest.raises(ValueError, match="2 class labels from 0 to 1"):
        network.value_and_grad({}, np.ones((2, 2)), np.array(labels))
