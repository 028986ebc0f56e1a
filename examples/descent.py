"""Gradient descent itself: a line fitted, batches, learning rates, and gradients that vanish.

The line y = m x + b has a closed form, so that descent can be held against it. The loss is the mean
squared error L = (1/n) Σ (y - (m x + b))².
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from time import perf_counter
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
from clinometer.problem import Arrays
from clinometer.report.plot import Axis, Line, Plot
from clinometer.subjects.hand_written import network
from deep import deep_networks
from handgrad import Epoch, initialise, train, zeros
from handgrad.training import batches

LINE = Architecture((1,), (Dense(1),))
NETWORK = network(LINE, "vectorised")
NAMES = {"∂L/∂m": ("1.weight", (0, 0)), "∂L/∂b": ("1.bias", (0,))}
SAMPLES, SEED = 512, 0
#: How many samples each step sees; None is all of them.
SIZES = (None, 128, 64, 32, 1)
RATE, EPOCHS = 0.02, 40
#: Learning rates in units of 2/λ, where λ is the largest curvature.
RATES = (0.01, 0.1, 0.5, 0.99, 1.02)
JUDGED, CHECKPOINTS = 32, (0, 1, 10, 40)


def data() -> tuple[Any, Any]:
    """Numbers of few bits near y = 1.5 x - 0.5."""
    random = np.random.default_rng(SEED)
    x = random.integers(-64, 193, size=(SAMPLES, 1)) / 64
    return x, 1.5 * x - 0.5 + random.integers(-64, 65, size=(SAMPLES, 1)) / 128


def by_hand(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """∂L/∂m = -(2/n) Σ x (y - (m x + b)) and ∂L/∂b = -(2/n) Σ (y - (m x + b))."""
    m, b = parameters["1.weight"], parameters["1.bias"]
    residual = target - (x * m + b)
    dm, db = -2 * (x * residual).sum() / len(x), -2 * residual.sum() / len(x)
    loss = (residual * residual).sum() / len(x)
    return loss, {"1.weight": dm.reshape(1, 1), "1.bias": db.reshape(1)}


@cache
def closed_form() -> tuple[Fraction, Fraction]:
    """The slope and the intercept at which both derivatives are zero, exactly."""
    xs, ys = (np.array([Fraction(number) for number in array.flat]) for array in data())
    from_mean = xs - xs.mean()
    m = (from_mean * (ys - ys.mean())).sum() / (from_mean * from_mean).sum()
    return m, ys.mean() - m * xs.mean()


def curvatures() -> Any:
    """The eigenvalues of the Hessian (2/n) Σ (x, 1)(x, 1)ᵀ, the smaller one first."""
    x = np.concatenate([data()[0], np.ones((SAMPLES, 1))], axis=1)
    return np.linalg.eigvalsh(2 * x.T @ x / SAMPLES)


def descend(rate: float, size: int | None, epochs: int) -> list[Epoch]:
    """From m = b = 0."""
    start = initialise(NETWORK, zeros)
    return train(NETWORK, start, data(), data(), epochs=epochs, learning_rate=rate, batch_size=size)


def distance(epoch: Epoch) -> float:
    """How far m and b are from the closed form."""
    m, b = map(float, closed_form())
    return float(np.hypot(epoch.parameters["1.weight"] - m, epoch.parameters["1.bias"] - b).item())


def noise(size: int | None) -> float:
    """The root mean square distance of a step's gradient from that of all samples, at the start."""
    x, y = data()
    start = initialise(NETWORK, zeros)
    _, whole = by_hand(start, x, y)
    squares = []
    for rows in batches(SAMPLES, size, np.random.default_rng(SEED)):
        _, part = by_hand(start, x[rows], y[rows])
        squares.append(sum(((part[name] - whole[name]) ** 2).sum() for name in whole))
    return float(np.sqrt(np.mean(squares)))


def lesson(epochs: int = EPOCHS, depth: int = 20, by_hand: ByHand = by_hand) -> Iterator[Part]:
    """All of it."""
    yield "Gradient descent"
    yield from missing()
    yield from _line(by_hand)
    history = descend(RATE, JUDGED, epochs)
    x, y = (array[:JUDGED] for array in data())
    seen = {
        str(epoch): examination(LINE, history[epoch].parameters, x, y, by_hand)
        for epoch in CHECKPOINTS
        if epoch <= epochs
    }
    yield from derivatives(seen["0"], NAMES)
    yield verdicts("gradients along the training, in batches of 32", "epoch", seen)
    yield from _batches(epochs)
    yield _rates()
    yield from deep_networks(depth)


def _line(by_hand: ByHand) -> Iterator[Part]:
    """The closed form, beside what descent arrives at with the best of all fixed rates."""
    slowest, fastest = curvatures()
    rate = 2 / (slowest + fastest)
    end = descend(rate, None, 200)[-1]
    x, y = data()
    _, gradients = by_hand(end.parameters, x, y)
    rows = [
        [
            called,
            f"{float(exact):.15g}",
            f"{end.parameters[name].item():.15g}",
            f"{gradients[name].item():.0e}",
        ]
        for (called, name), exact in zip(
            {"m": "1.weight", "b": "1.bias"}.items(), closed_form(), strict=True
        )
    ]
    columns = ["", "closed form", f"200 steps, η = {rate:.3g}", "derivative there"]
    yield Table("the line", columns, rows)


def _batches(epochs: int) -> Iterator[Part]:
    """Batch, mini-batch and stochastic descent side by side."""
    rows, lines = [], []
    for number, size in enumerate(SIZES):
        started = perf_counter()
        history = descend(RATE, size, epochs)
        seconds = perf_counter() - started
        called = {None: "batch", 1: "stochastic"}.get(size, f"mini-batch {size}")
        steps = epochs * -(-SAMPLES // (size or SAMPLES))
        rows.append(
            [
                called,
                str(steps),
                f"{noise(size):.2g}",
                f"{seconds:.2f} s",
                f"{distance(history[-1]):.1e}",
            ]
        )
        points = [(float(e.number), distance(e)) for e in history]
        lines.append(Line(called, points, number, number))
    columns = ["", "steps", "noise of a step", "time", "distance at the end"]
    yield Table(f"{epochs} epochs at η = {RATE}", columns, rows)
    yield Figure(
        "descent_batches",
        Plot(
            "How far from the closed form",
            f"The distance of (m, b) from the closed form over {epochs} epochs at one rate. The "
            "smaller the batch, the more steps an epoch has and the faster the distance falls at "
            "first, until the noise of the steps keeps it from falling further: early and high up "
            "for stochastic descent, late and far lower for batches of 32.",
            Axis("epoch"),
            Axis("distance", "log"),
            lines,
        ),
    )


def _rates() -> Figure:
    """Batch descent at rates from too small to too large."""
    lines = []
    for number, part in enumerate(RATES):
        history = descend(part * 2 / curvatures()[-1], None, 100)
        points = [(float(e.number), distance(e)) for e in history]
        lines.append(Line(f"{part:g} · 2/λ", points, number, number))
    return Figure(
        "descent_rates",
        Plot(
            "Learning rates too small and too large",
            "The distance of (m, b) from the closed form over 100 steps of batch descent. At 0.01 "
            "of 2/λ it hardly falls, at 0.5 it falls fast, at 0.99 it swings to and fro and falls "
            "slowly, and above 2/λ it grows without end.",
            Axis("step"),
            Axis("distance", "log", (1e-10, 1e3)),
            lines,
        ),
    )


if __name__ == "__main__":
    main(lesson)
