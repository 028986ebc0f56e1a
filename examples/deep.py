"""Gradients that vanish or explode on their way back through a deep network, and the remedies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from blackboard import Figure, Part, Table, examination, verdicts
from clinometer.architecture import Architecture, Layer
from clinometer.architecture.layers.activations import ReLU, Sigmoid, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.normalisation import LayerNorm
from clinometer.report.plot import Axis, Line, Plot
from clinometer.subjects.hand_written import network
from handgrad import gradient_norms, he, initialise, xavier
from handgrad.initialisation import Scheme

WIDTH, SAMPLES = 16, 32
DEPTHS = (2, 5, 10, 20, 40)
ACTIVATIONS: Mapping[str, Layer] = {"sigmoid": Sigmoid(), "tanh": Tanh(), "ReLU": ReLU()}
#: The width and the depth at which the gradients are verified.
JUDGED = 3, 4


def _normal(deviation: float) -> Scheme:
    return lambda shape, random: random.normal(0, deviation, shape)


SCHEMES: Mapping[str, Scheme] = {
    "normal, 0.1": _normal(0.1),
    "normal, 1": _normal(1.0),
    "Xavier": xavier,
    "He": he,
}
NORMALISED = "normal, 0.1, normalised"


def architecture(activation: str, depth: int, width: int, normalised: bool = False) -> Architecture:
    """`depth` hidden layers of one width and one output; layers may be normalised before σ."""
    norm = (LayerNorm(),) if normalised else ()
    hidden = (Dense(width), *norm, ACTIVATIONS[activation]) * depth
    return Architecture((width,), (*hidden, Dense(1)))


def data(width: int, samples: int) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    return random.normal(size=(samples, width)), random.normal(size=(samples, 1))


def norms(activation: str, scheme: Scheme, depth: int, normalised: bool = False) -> list[float]:
    """The norm of the gradient of each dense layer's parameters, the first layer's first."""
    deep = architecture(activation, depth, WIDTH, normalised)
    learner, (x, y) = network(deep, "vectorised"), data(WIDTH, SAMPLES)
    _, gradients = learner.value_and_grad(initialise(learner, scheme), x, y)
    by_path = gradient_norms(gradients)
    return [by_path[path] for path, layer, _ in deep.walk() if layer.kind == "dense"]


def deep_networks(depth: int) -> Iterator[Part]:
    """The gradient flow by activation and initialisation, then by depth, and the verdict on it."""
    rows = []
    for activation in ACTIVATIONS:
        flows = {called: norms(activation, scheme, depth) for called, scheme in SCHEMES.items()}
        flows[NORMALISED] = norms(activation, SCHEMES["normal, 0.1"], depth, normalised=True)
        rows += [
            [activation, called, f"{flow[0]:.1e}", f"{flow[-1]:.1e}", f"{flow[0] / flow[-1]:.1e}"]
            for called, flow in flows.items()
        ]
        yield _by_layer(activation, flows)
    columns = ["activation", "weights", "first layer", "last layer", "first/last"]
    yield Table(f"norms of the gradient in a network {depth} layers deep", columns, rows)
    yield _by_depth()
    yield _verified()


def _by_layer(activation: str, flows: Mapping[str, list[float]]) -> Figure:
    ends = "; ".join(
        f"{called}: {flow[0]:.0e} and {flow[-1]:.0e}" for called, flow in flows.items()
    )
    return Figure(
        f"descent_flow_{activation.lower()}",
        Plot(
            f"The gradient by layer: {activation}",
            f"The norm of the gradient of each layer's parameters in {len(flows[NORMALISED])} "
            f"layers of {activation}, by how the weights are drawn. First and last layer: {ends}.",
            Axis("layer"),
            Axis("norm of the gradient", "log"),
            [
                Line(called, [(n, norm) for n, norm in enumerate(flow, 1)], number, number)
                for number, (called, flow) in enumerate(flows.items())
            ],
        ),
    )


def _by_depth() -> Figure:
    """What reaches the first layer, by depth, of choices that fit and others."""
    chosen = (("sigmoid", "Xavier"), ("tanh", "Xavier"), ("ReLU", "He"), ("ReLU", "normal, 1"))
    lines = []
    for number, (activation, called) in enumerate(chosen):
        points = [(float(n), norms(activation, SCHEMES[called], n)[0]) for n in DEPTHS]
        lines.append(Line(f"{activation}, {called}", points, number, number))
    return Figure(
        "descent_flow_depth",
        Plot(
            "What depth does",
            f"The norm of the first layer's gradient in networks of {DEPTHS[0]} to {DEPTHS[-1]} "
            "hidden layers. Each layer of sigmoids takes away a factor; tanh with Xavier's weights "
            "and ReLU with He's keep its size; each layer of ReLU with normal weights of deviation "
            "1 adds a factor.",
            Axis("hidden layers"),
            Axis("first layer's norm", "log"),
            lines,
        ),
    )


def _verified() -> Table:
    """The same gradients in small, where every oracle can look at each element."""
    width, depth = JUDGED
    x, y = data(width, 4)
    points = {}
    for activation, called in (("sigmoid", "Xavier"), ("tanh", "normal, 0.1"), ("ReLU", "He")):
        normalised = called == "normal, 0.1"
        deep = architecture(activation, depth, width, normalised)
        name = f"{activation}, {NORMALISED if normalised else called}"
        values = initialise(network(deep, "vectorised"), SCHEMES[called])
        points[name] = examination(deep, values, x, y, None)
    return verdicts(f"gradients of networks {depth} layers deep", "network", points)
