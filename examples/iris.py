"""Iris: forward, error, gradient, propagation, test loss, again and again until it is small.

From four measurements of a flower a network of eight hidden sigmoid neurons tells its species:
three outputs, of which the right one shall be 1 and the others 0. First with sigmoid outputs and
the mean squared error, then with softmax and cross-entropy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from clinometer.architecture.losses import SoftmaxCrossEntropy
from clinometer.campaign.iris import BATCH, CHECKPOINTS, LESSONS, Lesson, split
from clinometer.problem import Arrays
from clinometer.report.plot import Axis, Line, Plot
from clinometer.subjects.hand_written import network
from handgrad import Epoch, initialise, train, xavier

SEEDS = (0, 1, 2)
EPOCHS = CHECKPOINTS[-1]
#: The test loss shall be below, whatever the seed.
BOUNDS = {"mean_squared_error": 0.05, "softmax_cross_entropy": 0.2}
NAMES = {
    "∂L/∂W²₁₁": ("3.weight", (0, 0)),
    "∂L/∂b²₁": ("3.bias", (0,)),
    "∂L/∂W¹₁₁": ("1.weight", (0, 0)),
    "∂L/∂W¹₄₈": ("1.weight", (3, 7)),
    "∂L/∂b¹₁": ("1.bias", (0,)),
}


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


def by_hand(parameters: Arrays, x: Any, target: Any) -> tuple[Any, Mapping[str, Any]]:
    """Forward pass; how much the outputs shall change; and that propagated back.

    The change of the outputs' z is (2/nk) (a - y) σ'(z) for the mean squared error, and
    (p - y)/n for softmax and cross-entropy.
    """
    hidden = sigmoid(x @ parameters["1.weight"] + parameters["1.bias"])
    z = hidden @ parameters["3.weight"] + parameters["3.bias"]
    if target.dtype.kind == "i":  # the species by their numbers
        goals = np.eye(3)[target]
        probabilities = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -np.log((probabilities * goals).sum(axis=1)).sum() / len(x)
        dz = (probabilities - goals) / len(x)
    else:
        a = sigmoid(z)
        loss = ((a - target) ** 2).sum() / a.size
        dz = 2 * (a - target) / a.size * a * (1 - a)
    dhidden = dz @ parameters["3.weight"].T * hidden * (1 - hidden)
    return loss, {
        "3.weight": hidden.T @ dz,
        "3.bias": dz.sum(axis=0),
        "1.weight": x.T @ dhidden,
        "1.bias": dhidden.sum(axis=0),
    }


def learn(task: Lesson, seed: int, epochs: int) -> list[Epoch]:
    """Train on 120 flowers in batches of 16 and test on the other 30, after each epoch."""
    learner, data = network(task.architecture, "vectorised"), split(task.architecture)
    return train(
        learner,
        initialise(learner, xavier, seed),
        data.train,
        data.test,
        epochs=epochs,
        learning_rate=task.learning_rate,
        batch_size=BATCH,
        seed=seed,
    )


def rightly_named(task: Lesson, epoch: Epoch) -> float:
    """The part of the test flowers whose species has the largest output."""
    data = split(task.architecture)
    outputs, _ = network(task.architecture, "vectorised").forward(epoch.parameters, data.test[0])
    return float(np.mean(np.argmax(outputs, axis=1) == data.test_labels))


def lesson(
    epochs: int = EPOCHS, seeds: Sequence[int] = SEEDS, by_hand: ByHand = by_hand
) -> Iterator[Part]:
    """All of it, for both losses."""
    yield "Iris"
    yield from missing()
    for task in LESSONS:
        yield task.title.capitalize() + "."
        histories = {seed: learn(task, seed, epochs) for seed in seeds}
        x, target = (array[:BATCH] for array in split(task.architecture).train)
        history = histories[seeds[0]]
        seen = {
            str(epoch): examination(
                task.architecture, history[epoch].parameters, x, target, by_hand
            )
            for epoch in CHECKPOINTS
            if epoch <= epochs
        }
        yield from derivatives(seen["0"], NAMES)
        yield verdicts("gradients along the training", "epoch", seen)
        yield _ends(task, histories)
        yield _curves(task, histories)


def _ends(task: Lesson, histories: Mapping[int, list[Epoch]]) -> Table:
    """Where the trainings end, beside the bound."""
    rows = [
        [
            str(seed),
            f"{history[-1].train_loss:.4f}",
            f"{history[-1].test_loss:.4f}",
            f"{BOUNDS[task.architecture.loss.kind]:g}",
            f"{rightly_named(task, history[-1]):.0%}",
        ]
        for seed, history in histories.items()
    ]
    columns = ["seed", "train loss", "test loss", "shall be below", "test flowers named rightly"]
    return Table("where it ends", columns, rows)


def _curves(task: Lesson, histories: Mapping[int, list[Epoch]]) -> Figure:
    lines = [
        Line(
            f"{kind}, seed {seed}",
            [(e.number, getattr(e, f"{kind}_loss")) for e in history],
            n,
            dash,
        )
        for n, (seed, history) in enumerate(histories.items())
        for dash, kind in enumerate(("train", "test"))
    ]
    first = next(iter(histories.values()))
    losses = [
        f"from {start:.2f} to {end:.2f}"
        for start, end in (
            (first[0].train_loss, first[-1].train_loss),
            (first[0].test_loss, first[-1].test_loss),
        )
    ]
    cross_entropy = isinstance(task.architecture.loss, SoftmaxCrossEntropy)
    return Figure(
        "iris_" + task.architecture.loss.kind,
        Plot(
            f"Iris: {task.title}",
            f"Train and test loss over {first[-1].number} epochs from {len(histories)} seeds. From "
            f"the first seed the train loss falls {losses[0]}, the test loss {losses[1]}.",
            Axis("epoch"),
            Axis("cross-entropy" if cross_entropy else "mean squared error", "log"),
            lines,
        ),
    )


if __name__ == "__main__":
    main(lesson)
