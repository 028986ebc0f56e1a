"""The salary table: nine derivatives by hand, and why raw inputs diverge.

From a student's IQ and CGPA a network of two hidden neurons and one output, all linear, predicts
the salary in lakh a year. It learns from one row of the table at a time: with loss L = (y - ŷ)²
each weight becomes w - η ∂L/∂w.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
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
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import RowSquaredError
from clinometer.problem import Arrays
from clinometer.report.plot import Axis, Line, Plot
from clinometer.subjects.hand_written import network
from handgrad import Epoch, initialise, ones, train

STUDENTS = np.array([[80.0, 8.0], [60.0, 5.0], [110.0, 7.0]])  # IQ, CGPA
SALARIES = np.array([[5.0], [3.0], [8.0]])  # lakh a year
ARCHITECTURE = Architecture((2,), (Dense(2), Dense(1)), RowSquaredError())
NETWORK = network(ARCHITECTURE, "vectorised")

#: The lesson's nine derivatives, each with its place: wˡᵢⱼ leads from neuron i to neuron j.
NINE = {
    "∂L/∂w²₁₁": ("2.weight", (0, 0)),
    "∂L/∂w²₂₁": ("2.weight", (1, 0)),
    "∂L/∂b²₁": ("2.bias", (0,)),
    "∂L/∂w¹₁₁": ("1.weight", (0, 0)),
    "∂L/∂w¹₁₂": ("1.weight", (0, 1)),
    "∂L/∂w¹₂₁": ("1.weight", (1, 0)),
    "∂L/∂w¹₂₂": ("1.weight", (1, 1)),
    "∂L/∂b¹₁": ("1.bias", (0,)),
    "∂L/∂b¹₂": ("1.bias", (1,)),
}
RAW_RATES = (1e-2, 1e-4, 1e-5)
STANDARD_RATE = 0.02
EXACT_RATE = Fraction(1, 100_000)
EPOCHS = 100
CHECKPOINTS = (1, 10, 100)


def nine_derivatives(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """The loss of one row, and -2 (y - ŷ) times what each weight or bias meets in ŷ.

    ŷ = w²₁₁ O₁₁ + w²₂₁ O₁₂ + b²₁, where O₁ⱼ = w¹₁ⱼ IQ + w¹₂ⱼ CGPA + b¹ⱼ.
    """
    w1, b1 = parameters["1.weight"], parameters["1.bias"]
    w2, b2 = parameters["2.weight"], parameters["2.bias"]
    ((iq, cgpa),), ((y,),) = x, target
    o11 = w1[0, 0] * iq + w1[1, 0] * cgpa + b1[0]
    o12 = w1[0, 1] * iq + w1[1, 1] * cgpa + b1[1]
    predicted = w2[0, 0] * o11 + w2[1, 0] * o12 + b2[0]
    slope = -2 * (y - predicted)
    to_o11, to_o12 = slope * w2[0, 0], slope * w2[1, 0]
    gradients = {
        "2.weight": [[slope * o11], [slope * o12]],
        "2.bias": [slope],
        "1.weight": [[to_o11 * iq, to_o12 * iq], [to_o11 * cgpa, to_o12 * cgpa]],
        "1.bias": [to_o11, to_o12],
    }
    return (y - predicted) ** 2, {name: np.array(rows) for name, rows in gradients.items()}


def as_fractions(array: Any) -> Any:
    """The same numbers, exactly, in arithmetic that never rounds."""
    return np.array([Fraction(number) for number in array.flat]).reshape(array.shape)


def exact_curvature(parameters: Arrays, x: Any, target: Any) -> Any:
    """The 9 x 9 Hessian of one row's loss.

    L is a parabola in each parameter alone, and its gradient at most one in any. So a central
    difference of the gradient with step 1 has no error, and fractions add none.
    """
    point = {name: as_fractions(array) for name, array in parameters.items()}
    x, target = as_fractions(x), as_fractions(target)

    def gradient(moved: str, i: tuple[int, ...], step: int) -> Any:
        there = {name: array.copy() for name, array in point.items()}
        there[moved][i] += step
        _, gradients = nine_derivatives(there, x, target)
        return np.array([gradients[name][j] for name, j in NINE.values()])

    columns = [(gradient(*place, 1) - gradient(*place, -1)) / 2 for place in NINE.values()]
    return np.array(columns).astype(float)


def standardised(inputs: Any) -> Any:
    """Each column less its mean, in units of its standard deviation."""
    return (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)


def learn(inputs: Any, rate: float, epochs: int) -> list[Epoch]:
    """One row at a time, in random order, from weights of 1 and biases of 0."""
    data = inputs, SALARIES
    with np.errstate(all="ignore"):  # what diverges overflows in the end
        return train(
            NETWORK,
            initialise(NETWORK, ones),
            data,
            data,
            epochs=epochs,
            learning_rate=rate,
            batch_size=1,
        )


def lesson(epochs: int = EPOCHS, by_hand: ByHand = nine_derivatives) -> Iterator[Part]:
    """All of it."""
    yield "The salary table"
    start, x, y = initialise(NETWORK, ones), STUDENTS[:1], SALARIES[:1]
    yield (
        f"At first the network predicts {NETWORK.forward(start, x)[0].item():g} lakh for the first "
        f"student, where {y.item():g} are right. Its nine derivatives, also as exact fractions:"
    )
    first, table = _fractions(start, by_hand)
    raw = examination(ARCHITECTURE, start, x, y, by_hand)
    yield from derivatives(raw, NINE, first)
    yield from missing()
    yield table
    yield from _divergence(start, epochs)
    remedy = learn(standardised(STUDENTS), STANDARD_RATE, epochs)
    yield _losses(remedy, epochs)
    along = {
        str(epoch): examination(
            ARCHITECTURE, remedy[epoch].parameters, standardised(STUDENTS)[:1], y, by_hand
        )
        for epoch in CHECKPOINTS
        if epoch <= epochs
    }
    yield verdicts("gradients along the training", "epoch", {"raw, 0": raw, **along})


def _fractions(start: Arrays, by_hand: ByHand) -> tuple[Mapping[str, Any], Table]:
    """The nine derivatives for the first student, and a table of those after a step as well."""
    (x, y), (x_next, y_next) = (
        (as_fractions(STUDENTS[n : n + 1]), as_fractions(SALARIES[n : n + 1])) for n in (0, 1)
    )
    point = {name: as_fractions(array) for name, array in start.items()}
    _, first = by_hand(point, x, y)
    moved = {name: array - EXACT_RATE * first[name] for name, array in point.items()}
    _, second = by_hand(moved, x_next, y_next)
    rows = [
        [name, *(str(g[array][i]) for g in (first, second))] for name, (array, i) in NINE.items()
    ]
    headings = ["", "first student", f"after a step of η = {EXACT_RATE}, the second"]
    return first, Table("-2 (y - ŷ) O₁₁ and its siblings, exactly", headings, rows)


def _divergence(start: Arrays, epochs: int) -> Iterator[Part]:
    """The largest curvature of each row beside 2/η, and what becomes of the loss."""
    rows = []
    for called, inputs, rates in (
        ("raw", STUDENTS, RAW_RATES),
        ("standardised", standardised(STUDENTS), (STANDARD_RATE,)),
    ):
        curvatures = [
            np.linalg.eigvalsh(exact_curvature(start, inputs[n : n + 1], SALARIES[n : n + 1]))[-1]
            for n in range(len(inputs))
        ]
        for rate in rates:
            loss = learn(inputs, rate, epochs)[-1].train_loss
            end = f"{loss:.2g}" if loss < np.inf else "overflows"
            rows.append([called, f"{rate:g}", f"{max(curvatures):.5g}", f"{2 / rate:g}", end])
    columns = ["inputs", "η", "largest curvature", "2/η", f"loss after {epochs} epochs"]
    yield Table("why it diverges", columns, rows)
    yield (
        "A step against the slope along a parabola of curvature λ multiplies the distance to its "
        "bottom by 1 - ηλ: it grows where λ > 2/η. With an IQ of 110 the curvature is of the order "
        "of 110², in other directions below 1, so that a rate small enough for the one learns next "
        "to nothing along the others. Standardised inputs are of the size of 1, and the largest "
        "curvature is two thousand times smaller."
    )


def _losses(remedy: list[Epoch], epochs: int) -> Figure:
    lines = [
        Line(
            f"raw, η = {rate:g}",
            [(e.number, e.train_loss) for e in learn(STUDENTS, rate, epochs)],
            colour,
            colour,
        )
        for colour, rate in enumerate(RAW_RATES, 1)
    ]
    lines.append(Line("standardised", [(e.number, e.train_loss) for e in remedy]))
    return Figure(
        "salary_loss",
        Plot(
            "Raw and standardised inputs",
            f"The mean loss over {epochs} epochs. With raw inputs it leaves the picture within "
            f"two epochs at the rates {RAW_RATES[0]:g} and {RAW_RATES[1]:g}, and at "
            f"{RAW_RATES[2]:g} it falls and then hardly moves; with standardised inputs and a rate "
            f"of {STANDARD_RATE:g} it falls to nothing.",
            Axis("epoch"),
            Axis("loss", "log", (1e-30, 1e150)),
            lines,
        ),
    )


if __name__ == "__main__":
    main(lesson)
