"""The main job on real data: networks trained on iris, their gradients verified as they learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import handgrad
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers import Layer
from clinometer.architecture.layers.activations import Sigmoid
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy
from clinometer.campaign.run import Outcome, examine
from clinometer.datasets import load_iris
from clinometer.estimate import Oracle
from clinometer.registry import Subject
from clinometer.subjects.hand_written import network

#: Epochs after which the gradients are verified; the last one ends the training.
CHECKPOINTS = (0, 1, 10, 100)
TEST_SAMPLES = 30
BATCH = 16


@dataclass(frozen=True)
class Lesson:
    """A network for iris and how it is trained."""

    title: str
    architecture: Architecture
    learning_rate: float


def _lesson(title: str, layers: tuple[Layer, ...], loss: Loss, learning_rate: float) -> Lesson:
    return Lesson(title, Architecture((4,), layers, loss), learning_rate)


LESSONS = (
    _lesson(
        "sigmoid network, three outputs, mean squared error",
        (Dense(8), Sigmoid(), Dense(3), Sigmoid()),
        MeanSquaredError(),
        2.0,
    ),
    _lesson(
        "sigmoid network, softmax cross-entropy",
        (Dense(8), Sigmoid(), Dense(3)),
        SoftmaxCrossEntropy(),
        0.5,
    ),
)


@dataclass(frozen=True)
class Checkpoint:
    """One point of a training: losses, the part of the test flowers named rightly, verdicts."""

    epoch: int
    train_loss: float
    test_loss: float
    test_accuracy: float
    outcome: Outcome


@dataclass(frozen=True)
class Training:
    """One training and the verdicts along it; `failure` says why it ended early, if it did."""

    lesson: Lesson
    checkpoints: Sequence[Checkpoint]
    failure: str = ""


def learn(
    lesson: Lesson,
    subjects: Mapping[str, Subject],
    oracles: Mapping[str, Oracle],
    on_epoch: Callable[[], object] = lambda: None,
) -> Training:
    """Train on 120 of the flowers; verify the gradients before, during and after."""
    trained = network(lesson.architecture, "vectorised")
    data = split(lesson.architecture)
    checkpoints: list[Checkpoint] = []

    def verify(epoch: handgrad.Epoch) -> None:
        if epoch.number in CHECKPOINTS:
            case = _case(lesson.architecture, epoch.parameters)
            outputs, _ = trained.forward(epoch.parameters, data.test[0])
            right = np.argmax(outputs, axis=1) == data.test_labels
            outcome = examine(case, subjects, oracles)
            checkpoints.append(
                Checkpoint(
                    epoch.number, epoch.train_loss, epoch.test_loss, float(right.mean()), outcome
                )
            )
        on_epoch()

    try:
        handgrad.train(
            trained,
            handgrad.initialise(trained, handgrad.xavier),
            data.train,
            data.test,
            epochs=CHECKPOINTS[-1],
            learning_rate=lesson.learning_rate,
            batch_size=BATCH,
            on_epoch=verify,
        )
    except Exception as error:  # the gradient that trains is on trial: its errors are findings
        return Training(lesson, checkpoints, f"{type(error).__name__}: {error}")
    return Training(lesson, checkpoints)


@dataclass(frozen=True)
class Split:
    """Train and test data as inputs and targets, and the species of the test flowers."""

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    test_labels: np.ndarray


def split(architecture: Architecture) -> Split:
    """30 flowers to test and the other 120 to train, chosen by a fixed shuffle.

    The measurements are standardised by the mean and deviation of the training flowers.
    """
    measurements, species = load_iris()
    order = np.random.default_rng(0).permutation(len(species))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]
    mean, deviation = measurements[train].mean(axis=0), measurements[train].std(axis=0)
    x = (measurements - mean) / deviation
    target = species if architecture.loss.target == "label" else np.eye(3)[species]
    return Split((x[train], target[train]), (x[test], target[test]), species[test])


def _case(architecture: Architecture, parameters: Mapping[str, np.ndarray]) -> Case:
    """The network as it stands, on a batch of flowers."""
    rounded = {name: a.astype(np.float32).tolist() for name, a in parameters.items()}
    return Case(architecture, batch=BATCH, values="iris", parameters=rounded)
