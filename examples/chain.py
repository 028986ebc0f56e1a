"""The chain of single neurons: three factors, then several outputs, then the mean of a batch.

C₀ = (a - y)², a = σ(z), z = w a' + b, where a' is what the neuron before puts out. With several
output neurons C₀ = Σⱼ (aⱼ - yⱼ)², and a' reaches it along each of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from blackboard import (
    ByHand,
    Figure,
    Part,
    Table,
    derivatives,
    examination,
    main,
    missing,
    verdicts,
)
from clinometer.architecture import Architecture
from clinometer.architecture.layers.activations import Sigmoid
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import RowSquaredError
from clinometer.formula import enclose
from clinometer.problem import Arrays
from clinometer.report.plot import Axis, Line, Plot
from clinometer.subjects.hand_written import SUBJECTS, like, network
from handgrad import initialise, train, xavier

CHAIN = Architecture((1,), (Dense(1), Sigmoid(), Dense(1), Sigmoid()), RowSquaredError())
SEVERAL = Architecture((2,), (Dense(2), Sigmoid(), Dense(3), Sigmoid()), RowSquaredError())
#: The two neurons of the chain.
START = {
    "1.weight": np.array([[0.75]]),
    "1.bias": np.array([0.25]),
    "3.weight": np.array([[-1.5]]),
    "3.bias": np.array([0.5]),
}
X, Y = np.array([[1.0]]), np.array([[1.0]])
#: Four samples with two inputs and three outputs.
INPUTS = np.array([[0.0, 1.0], [1.0, 0.5], [-1.0, 0.25], [0.5, -2.0]])
TARGETS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
RATE, EPOCHS, CHECKPOINTS = 2.0, 100, (0, 1, 10, 100)

OF_CHAIN = {
    "∂C₀/∂w": ("3.weight", (0, 0)),
    "∂C₀/∂b": ("3.bias", (0,)),
    "∂C₀/∂w'": ("1.weight", (0, 0)),
    "∂C₀/∂b'": ("1.bias", (0,)),
}
OF_SEVERAL = {
    "∂C₀/∂w₁₁": ("3.weight", (0, 0)),
    "∂C₀/∂w₂₁": ("3.weight", (0, 1)),
    "∂C₀/∂w₃₁": ("3.weight", (0, 2)),
    "∂C₀/∂w'₁₁": ("1.weight", (0, 0)),
}


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ), whose slope is σ(z) (1 - σ(z))."""
    return 1 / (1 + np.exp(-z))


def three_factors(a_before: Any, a: Any, y: Any) -> tuple[Any, Any, Any]:
    """∂z/∂w, ∂a/∂z and ∂C₀/∂a of output neurons."""
    return a_before, a * (1 - a), 2 * (a - y)


def by_hand(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """The cost of each sample, and the factors multiplied along every path to it.

    A weight wⱼₖ lies on one path. The neuron k before lies on one for every output j:
    ∂C₀/∂a'ₖ = Σⱼ wⱼₖ · σ'(zⱼ) · 2 (aⱼ - yⱼ). Sums over the samples are those of the batch.
    """
    hidden = sigmoid(x @ parameters["1.weight"] + parameters["1.bias"])
    a = sigmoid(hidden @ parameters["3.weight"] + parameters["3.bias"])
    to_weight, to_activation, to_cost = three_factors(hidden, a, target)
    dz = to_activation * to_cost
    dhidden = dz @ parameters["3.weight"].T
    dz_before = hidden * (1 - hidden) * dhidden
    return ((a - target) ** 2).sum(axis=1), {
        "3.weight": to_weight.T @ dz,
        "3.bias": dz.sum(axis=0),
        "1.weight": x.T @ dz_before,
        "1.bias": dz_before.sum(axis=0),
    }


def difference_of_means(kernels: str, parameters: Arrays, x: Any, target: Any) -> Arrays:
    """The gradient of the batch, of C = (1/N) Σₙ Cₙ, less the mean of the samples' own."""
    trained, samples = network(SEVERAL, kernels), len(x)
    weights = like(x, np.ones(samples)) / samples
    _, batch = trained.value_and_grad(parameters, x, target, weights)
    each = trained.per_sample_gradients(parameters, x, target)
    return {name: batch[name] - mean(each[name]) for name in parameters}


def mean(each: Any) -> Any:
    """Over the first axis: the numbers added up in their order by Python, and then divided.

    So the looped kernels add up samples; from Python 3.12 on `sum` itself carries what it rounds.
    """
    sums = [sum(numbers) for numbers in each.reshape(len(each), -1).T.tolist()]
    return np.array(sums).reshape(each.shape[1:]) / len(each)


def in_last_digits(kernels: str, parameters: Arrays, x: Any, target: Any) -> float:
    """The largest element of it, in units of the last digit of the largest sample's gradient."""
    each = network(SEVERAL, kernels).per_sample_gradients(parameters, x, target)
    found = difference_of_means(kernels, parameters, x, target)
    digits = {name: np.spacing(np.abs(array).max(axis=0)) for name, array in each.items()}
    return max(float(np.max(np.abs(found[name]) / digits[name])) for name in parameters)


def proved_difference(parameters: Arrays, x: Any, target: Any) -> float:
    """A bound for every element of that difference in exact arithmetic, from balls."""

    def difference(arguments: Arrays) -> tuple[Any, Arrays]:
        point = next(iter(arguments.values()))
        data = like(point, x), like(point, target)
        return point.sum(), difference_of_means("vectorised", arguments, *data)

    found = enclose(difference, parameters) or {}
    return max(
        float(np.max(np.abs(middle) + r)) for n, (middle, r) in found.items() if n != "value"
    )


def lesson(epochs: int = EPOCHS, by_hand: ByHand = by_hand) -> Iterator[Part]:
    """All of it."""
    yield "The chain of single neurons"
    yield from _factors()
    chain = examination(CHAIN, START, X, Y, by_hand)
    yield from derivatives(chain, OF_CHAIN)
    yield from missing()
    yield (
        "With several output neurons each weight still has three factors; a neuron before them "
        "has three for each output, and their products add up."
    )
    start = initialise(network(SEVERAL, "vectorised"), xavier)
    several = examination(SEVERAL, start, INPUTS[1:2], TARGETS[1:2], by_hand)
    yield from derivatives(several, OF_SEVERAL)
    yield _means(start)
    yield (
        "In exact arithmetic the two are one number. In float64 they are the same bits where the "
        "sums run in the same order and N is a power of two, as dividing by it rounds nothing; "
        "for other N each division rounds, and the last digit may differ."
    )
    yield from _training(start, epochs, by_hand)


def _factors() -> Iterator[Part]:
    """The factors of the last neuron, for each of what its z depends on."""
    hidden = sigmoid(X @ START["1.weight"] + START["1.bias"]).item()
    weight = START["3.weight"].item()
    a = sigmoid(hidden * weight + START["3.bias"].item())
    dz_dw, da_dz, dc_da = three_factors(hidden, a, Y.item())
    rows = [
        [name, *(f"{number:.10g}" for number in (dz, da_dz, dc_da, dz * da_dz * dc_da))]
        for name, dz in (("w", dz_dw), ("b", 1.0), ("a'", weight))
    ]
    yield Table("three factors", ["v", "∂z/∂v", "∂a/∂z", "∂C₀/∂a", "∂C₀/∂v"], rows)


def _means(start: Arrays) -> Table:
    """How far the batch's gradient is from the mean of the samples' own."""
    rows = []
    for samples in (4, 3):
        data = INPUTS[:samples], TARGETS[:samples]
        for kernels in SUBJECTS:
            digits = in_last_digits(kernels, start, *data)
            rows.append(
                [str(samples), f"{kernels}, float64", f"{digits:g} units of the last digit"]
            )
        bound = proved_difference(start, *data)
        rows.append(
            [str(samples), "exact arithmetic, proved", f"below 1e{math.ceil(math.log10(bound))}"]
        )
    return Table(
        "the batch's gradient less the mean of the samples' own", ["N", "computed", "largest"], rows
    )


def _training(start: Arrays, epochs: int, by_hand: ByHand) -> Iterator[Part]:
    """The cost as four samples are learnt, and the gradients verified on the way."""
    data = INPUTS, TARGETS
    history = train(
        network(SEVERAL, "vectorised"),
        start,
        data,
        data,
        epochs=epochs,
        learning_rate=RATE / len(INPUTS),  # the gradient is that of the sum over the samples
    )
    costs = [(float(e.number), e.train_loss) for e in history]
    yield Figure(
        "chain_cost",
        Plot(
            "The mean cost of four samples",
            f"The mean cost falls from {costs[0][1]:.2f} to {costs[-1][1]:.2f} in {epochs} epochs "
            "of gradient descent on all four samples.",
            Axis("epoch"),
            Axis("mean cost C"),
            [Line("C", costs)],
        ),
    )
    along = {
        str(epoch): examination(SEVERAL, history[epoch].parameters, INPUTS, TARGETS, by_hand)
        for epoch in CHECKPOINTS
        if epoch <= epochs
    }
    yield verdicts("gradients along the training", "epoch", along)


if __name__ == "__main__":
    main(lesson)
