"""Blue and red points: a two-layer sigmoid network in matrices, and its boundary as it moves.

Biases are one more row of each matrix, met by an input that is always 1: h = (x, 1) W⁽¹⁾ and
ŷ = σ((σ(h), 1) W⁽²⁾), so that the last bias is W⁽²⁾₃₁. The error is the cross-entropy
E = -(1/n) Σ y ln ŷ + (1 - y) ln(1 - ŷ), the average over all points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
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
from clinometer.architecture.losses import BinaryCrossEntropy, Outputs
from clinometer.problem import Arrays
from clinometer.report.plot import Axis, Dots, Line, Plot
from clinometer.subjects.hand_written import network
from handgrad import Epoch, initialise, train, xavier

#: The last sigmoid is part of the loss.
ARCHITECTURE = Architecture((2,), (Dense(2), Sigmoid(), Dense(1)), BinaryCrossEntropy())
NETWORK = network(ARCHITECTURE, "vectorised")
#: From h₁ and h₂ to h, the score of the second layer.
SECOND_LAYER = Architecture((2,), (Sigmoid(), Dense(1)), Outputs())
POINTS, SEED = 60, 5
RATE, EPOCHS, CHECKPOINTS = 4.0, 1000, (0, 30, 100, 1000)
JUDGED = 12  # points of the batch on which the gradients are verified
GRID = np.linspace(-1, 1, 41)

NAMES = {
    "∂E/∂W⁽²⁾₁₁": ("3.weight", (0, 0)),
    "∂E/∂W⁽²⁾₂₁": ("3.weight", (1, 0)),
    "∂E/∂W⁽²⁾₃₁": ("3.bias", (0,)),
    "∂E/∂W⁽¹⁾₁₁": ("1.weight", (0, 0)),
    "∂E/∂W⁽¹⁾₁₂": ("1.weight", (0, 1)),
    "∂E/∂W⁽¹⁾₂₁": ("1.weight", (1, 0)),
    "∂E/∂W⁽¹⁾₂₂": ("1.weight", (1, 1)),
    "∂E/∂W⁽¹⁾₃₁": ("1.bias", (0,)),
}


def data(count: int = POINTS) -> tuple[Any, Any]:
    """Points in a square, blue (1) above a wedge that no single line can follow, red (0) below."""
    x = np.random.default_rng(SEED).integers(-64, 65, size=(count, 2)) / 64
    return x, (x[:, 1:] > 1.5 * np.abs(x[:, :1]) - 0.5).astype(float)


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


def with_one(rows: Any) -> Any:
    """One more column, always 1, for the biases."""
    return np.concatenate([rows, 0 * rows[:, :1] + 1], axis=1)


def matrix(parameters: Arrays, layer: int) -> Any:
    """The weights of a layer with its biases as one more row."""
    return np.concatenate([parameters[f"{layer}.weight"], parameters[f"{layer}.bias"][None]])


def by_hand(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """Forward, and backward along the composition: the derivatives just multiply.

    ∂E/∂h = (ŷ - y)/n, ∂h/∂hᵢ = W⁽²⁾ᵢ₁ σ(hᵢ) (1 - σ(hᵢ)), ∂hᵢ/∂W⁽¹⁾ⱼᵢ = xⱼ.
    """
    w1, w2 = matrix(parameters, 1), matrix(parameters, 3)
    hidden = sigmoid(with_one(x) @ w1)
    blue = sigmoid(with_one(hidden) @ w2)
    error = -(target * np.log(blue) + (1 - target) * np.log(1 - blue)).sum() / len(x)
    dh = (blue - target) / len(x)
    dhidden = dh @ w2[:-1].T * hidden * (1 - hidden)
    dw1, dw2 = with_one(x).T @ dhidden, with_one(hidden).T @ dh
    return error, {
        "1.weight": dw1[:-1],
        "1.bias": dw1[-1],
        "3.weight": dw2[:-1],
        "3.bias": dw2[-1],
    }


def slopes_of_h(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """The score h = W⁽²⁾₁₁ σ(h₁) + W⁽²⁾₂₁ σ(h₂) + W⁽²⁾₃₁: of its three terms one has h₁."""
    weight, hidden = parameters["2.weight"], sigmoid(x)
    return with_one(hidden) @ matrix(parameters, 2), {
        "x": weight.T * hidden * (1 - hidden),
        "2.weight": hidden.T,
        "2.bias": 0 * parameters["2.bias"] + 1,
    }


def slope_of_sigmoid(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """σ' = σ (1 - σ)."""
    return sigmoid(x), {"x": sigmoid(x) * (1 - sigmoid(x))}


def lesson(epochs: int = EPOCHS, by_hand: ByHand = by_hand) -> Iterator[Part]:
    """All of it."""
    yield "Blue and red points"
    yield from _pieces()
    x, y = data()
    history = train(
        NETWORK,
        initialise(NETWORK, xavier, SEED),
        (x, y),
        (x, y),
        epochs=epochs,
        learning_rate=RATE,
    )
    seen = {
        epoch: examination(ARCHITECTURE, history[epoch].parameters, x[:JUDGED], y[:JUDGED], by_hand)
        for epoch in CHECKPOINTS
        if epoch <= epochs
    }
    yield from derivatives(seen[0], NAMES)
    yield from missing()
    yield Table(
        "training",
        ["epoch", "E", "points on the wrong side"],
        [
            [str(epoch), f"{history[epoch].train_loss:.4f}", str(_wrong(history[epoch]))]
            for epoch in seen
        ],
    )
    yield _picture([history[epoch] for epoch in seen])
    yield verdicts("gradients along the training", "epoch", {str(e): s for e, s in seen.items()})


def _pieces() -> Iterator[Part]:
    """The derivative of the sigmoid, and those of h."""
    z = np.array([[-2.0, 0.0, 2.0]])
    only_sigmoid = Architecture((3,), (Sigmoid(),), Outputs())
    of_sigmoid = examination(only_sigmoid, {"x": z}, z, None, slope_of_sigmoid)
    yield from derivatives(of_sigmoid, {f"σ'({z[0, i]:g})": ("x", (0, i)) for i in range(3)})
    h = np.array([[0.5, -1.0]])
    second = {"x": h, "2.weight": np.array([[3.0], [-2.0]]), "2.bias": np.array([0.25])}
    of_h = examination(SECOND_LAYER, second, h, None, slopes_of_h)
    yield from derivatives(of_h, {"∂h/∂h₁": ("x", (0, 0)), "∂h/∂h₂": ("x", (0, 1))})


def _scores(epoch: Epoch, x: Any) -> Any:
    """The network's h, which is 0 on the boundary, where blue and red are equally probable."""
    return NETWORK.forward(epoch.parameters, x)[0][:, 0]


def _wrong(epoch: Epoch) -> int:
    x, y = data()
    return int(np.sum((_scores(epoch, x) > 0) != (y[:, 0] > 0)))


def boundary(epoch: Epoch) -> list[tuple[float, float]]:
    """Where h = 0: short pieces, one for each square of a grid that it crosses, parted by NaN."""
    grid = np.array([[x, y] for x in GRID for y in GRID])
    h = _scores(epoch, grid).reshape(len(GRID), len(GRID))
    pieces: list[tuple[float, float]] = []
    for i, j in np.ndindex(len(GRID) - 1, len(GRID) - 1):
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
        crossings = [_zero(h, a, b) for a, b in pairwise(corners) if (h[a] > 0) != (h[b] > 0)]
        for pair in zip(crossings[::2], crossings[1::2], strict=True):
            pieces += [*pair, (np.nan, np.nan)]
    return pieces


def _zero(h: Any, a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float]:
    """Where h is 0 on the side between two corners, were it linear there."""
    part = h[a] / (h[a] - h[b])
    x, y = (GRID[m] + part * (GRID[n] - GRID[m]) for m, n in zip(a, b, strict=True))
    return float(x), float(y)


def _picture(epochs: Sequence[Epoch]) -> Figure:
    x, y = data()
    wrong = " and ".join(f"{_wrong(e)} after {e.number}" for e in (epochs[0], epochs[-1]))
    blue, red = ([(float(a), float(b)) for a, b in x[y[:, 0] == kind]] for kind in (1, 0))
    marks: list[Line | Dots] = [Dots("blue", blue, 0), Dots("red", red, 1, hollow=True)]
    for n, epoch in enumerate(epochs):
        if line := boundary(epoch):
            marks.append(Line(f"epoch {epoch.number}", line, n + 2, len(epochs) - 1 - n))
    return Figure(
        "points_boundary",
        Plot(
            "The boundary as it moves",
            "Blue points above a wedge, red ones below it, and the line on which the network finds "
            "both equally probable. It is nearly straight at first and folds itself into the "
            f"wedge. Points on the wrong side: {wrong} epochs.",
            Axis("x₁", ends=(-1, 1)),
            Axis("x₂", ends=(-1, 1)),
            marks,
        ),
    )


if __name__ == "__main__":
    main(lesson)
