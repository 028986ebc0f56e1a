"""A whole gradient by differences, and by neuron-wise ones, beside one backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks import report, timed
from benchmarks.evaluations import evaluations
from benchmarks.gradients import Protocol
from benchmarks.proof import Wrong
from benchmarks.timed import Timed
from benchmarks.timer import compare
from clinometer import Architecture, Case
from clinometer.architecture.layers import Layer
from clinometer.architecture.layers.activations import ReLU, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import SoftmaxCrossEntropy
from clinometer.estimate import Estimate
from clinometer.formula import WIDE, enclose
from clinometer.oracles import neuron_wise
from clinometer.problem import Problem, scale
from clinometer.rounding import largest
from clinometer.subjects import hand_written

#: Widths from the input to the output, and the batch; softmax cross-entropy last.
SIZES = {
    "300": ((8, 12, 10, 8), 8),
    "10k": ((32, 96, 64, 10), 16),
    "100k": ((64, 256, 256, 64), 16),
    "670k": ((784, 512, 512, 10), 128),
}
#: In a trial.
FEW = 2
ACTIVATIONS: dict[str, Callable[[], Layer]] = {"tanh": Tanh, "relu": ReLU}

#: Elements up to which the function is evaluated twice for each: more would take minutes.
MOST = 20_000
#: How far central differences may be off, as a part of the array's largest number.
LARGEST_ERROR = 1e-6
STEP = np.cbrt(np.finfo(np.float64).eps)

TITLE = "Differences beside one backward pass"
#: The baseline; those that are drawn; and what knows how far off it may be.
BACKWARD, FUNCTION = "one backward pass", "the function"
CENTRAL, NEURON_WISE, PROVED = "central differences", "neuron-wise", "proved"
EXPLANATION = (
    "One gradient of the loss for all parameters and inputs in float64, on one thread. Central "
    f"differences evaluate the function twice for each element, at one step, and know nothing of "
    f"their error; above {MOST} elements they are left out. Neuron-wise differences are timed "
    "with all that it takes to know their uncertainty: two steps, the noise, and eight directions "
    "through the whole. What is proved is an enclosure: a ball for each element that holds the "
    "exact gradient for certain. It is left out where differences are. In the large network the "
    "probes are directions through every array, and bisection leads from them to one element that "
    "is off by so much. Times are medians of processor time; the ratio is that to the backward "
    "pass, the median over the rounds of the ratio within a round, with its 95 % interval; what "
    "lies within the floor, which is how far the backward pass strays from itself, is a tie. "
    "Evaluations are those of the function, each run of the layers behind a neuron being one. The "
    "error is the largest beside the backward pass in longdouble, relative to the largest number "
    "of its array; the resolution is the largest uncertainty, likewise; error/u is the largest "
    "error in units of its own uncertainty, and never above 1."
)
NAMES = ("network", "what")
NUMBERS = (
    *("elements", "time", "ratio", "95 %", "floor", "evaluations"),
    *("error", "resolution", "error/u"),
)

#: What of it a terminal has room for.
SHORT = ("network", "what", "ratio", "evaluations")


@dataclass(frozen=True)
class Accuracy:
    """How far off a gradient is, and how far off it says that it may be; None of what is neither.

    excess: the largest error in units of its own uncertainty.
    """

    error: float | None = None
    resolution: float | None = None
    excess: float | None = None


@dataclass(frozen=True, kw_only=True)
class Difference(Timed, Accuracy):
    """One way to a gradient, or a part of it; how often it evaluates the function."""

    activation: str
    size: int
    evaluations: int

    @property
    def cells(self) -> list[str]:
        """A line of the table."""
        accuracy = (self.error, self.resolution, self.excess)
        return [
            self.workload,
            self.candidate,
            str(self.size),
            report.seconds(self.seconds),
            *self.ratio_cells,
            str(self.evaluations),
            *("" if number is None else f"{number:.1e}" for number in accuracy),
        ]


def measure(size: str, activation: str, protocol: Protocol) -> list[Difference]:
    """A row for each way to the gradient of one network.

    Raises Wrong if an error is larger than it may be: its time would mean nothing.
    """
    problem = problem_of(size, activation)
    backward = problem.gradients["vectorised"]
    ways: dict[str, Callable[[Problem], object]] = {
        BACKWARD: lambda problem: backward(problem.arguments),
        FUNCTION: lambda problem: problem.function(problem.arguments),
        NEURON_WISE: neuron_wise.estimate,
    }
    known = {NEURON_WISE: honest(problem, neuron_wise.estimate(problem))}
    if problem.size <= MOST:
        known |= {PROVED: honest(problem, proved(problem)), CENTRAL: central_accuracy(problem)}
        ways |= {PROVED: proved, CENTRAL: central_differences}
    candidates = {name: partial(way, problem) for name, way in ways.items()}
    result = compare(candidates, protocol.rounds, protocol.slice_seconds)
    widths, batch = SIZES[size]
    return [
        Difference(
            workload=f"{'-'.join(map(str, widths))}, batch {batch}, {activation}",
            dtype="float64",
            activation=activation,
            size=problem.size,
            evaluations=evaluations(problem, way),
            **asdict(known.get(name, Accuracy())),
            **timed.facts(result, name),
        )
        for name, way in ways.items()
    ]


def problem_of(size: str, activation: str) -> Problem:
    """The network of that size, its parameters random."""
    (inputs, *hidden, outputs), batch = SIZES[size]
    layers = [layer for width in hidden for layer in (Dense(width), ACTIVATIONS[activation]())]
    architecture = Architecture((inputs,), (*layers, Dense(outputs)), SoftmaxCrossEntropy())
    return hand_written.problem(Case(architecture, batch=batch, seed=1))


def central_differences(problem: Problem) -> dict[str, Any]:
    """(f(x + h) - f(x - h)) / 2h for each element of each argument, at the step that is usual."""
    arguments = problem.cast("float64")
    slopes = {name: np.empty_like(array) for name, array in arguments.items()}
    for name, array in arguments.items():
        steps = STEP * scale(array)
        for index in np.ndindex(array.shape):
            here, step = array[index], steps[index]
            array[index] = here + step
            above = problem.function(arguments)
            array[index] = here - step
            slopes[name][index] = (above - problem.function(arguments)) / (2 * step)
            array[index] = here
    return slopes


def central_accuracy(problem: Problem) -> Accuracy:
    """The largest error of theirs. Raises Wrong if it is too large."""
    exact = problem.gradients["vectorised"](problem.cast(WIDE))[1]
    off = {name: np.abs(g - exact[name]) for name, g in central_differences(problem).items()}
    error = _relative(off, exact)
    if not error <= LARGEST_ERROR:
        raise Wrong(f"central differences are off by {error:.1e}: they must not be timed")
    return Accuracy(error)


def proved(problem: Problem) -> Estimate:
    """What the backward pass computes in exact arithmetic, with a radius for each element."""
    enclosures = enclose(problem.gradients["vectorised"], problem.arguments) or {}
    middles, radii = ({n: enclosures[n][part] for n in problem.arguments} for part in (0, 1))
    return Estimate("enclosure", middles, radii, evaluations=1)


def honest(problem: Problem, estimate: Estimate) -> Accuracy:
    """The estimate beside the gradient by hand in a wider dtype.

    Raises Wrong if an error is larger than its uncertainty.
    """
    exact = problem.gradients["vectorised"](problem.cast(WIDE))[1]
    off = {name: np.abs(g - exact[name]) for name, g in estimate.gradients.items()}
    bounds = estimate.uncertainties
    excess = {
        n: np.divide(e, bounds[n], out=np.zeros_like(e), where=e != 0) for n, e in off.items()
    }
    worst = max(map(largest, excess.values()))
    if not worst <= 1:
        raise Wrong(f"an error is {worst:.1f} times as large as its uncertainty")
    return Accuracy(_relative(off, exact), _relative(bounds, exact), worst)


def _relative(parts: Mapping[str, Any], exact: Mapping[str, Any]) -> float:
    return max(largest(part) / largest(exact[name]) for name, part in parts.items())
