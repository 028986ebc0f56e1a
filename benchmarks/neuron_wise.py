"""`python -m benchmarks.neuron_wise`: a whole gradient by differences, and by neuron-wise ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks import report
from benchmarks.gradients import Protocol
from benchmarks.process import fresh
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
from clinometer.report.document import write_whole
from clinometer.rounding import largest
from clinometer.subjects import hand_written

#: Widths from the input to the output, and the batch; softmax cross-entropy last.
SIZES = {
    "300": ((8, 12, 10, 8), 8),
    "10k": ((32, 96, 64, 10), 16),
    "100k": ((64, 256, 256, 64), 16),
    "670k": ((784, 512, 512, 10), 128),
}
ACTIVATIONS: dict[str, Callable[[], Layer]] = {"tanh": Tanh, "relu": ReLU}

#: Elements up to which the function is evaluated twice for each: more would take minutes.
MOST = 20_000
#: How far central differences may be off, as a part of the array's largest number.
LARGEST_ERROR = 1e-6
STEP = np.cbrt(np.finfo(np.float64).eps)

TITLE = "Differences beside one backward pass"
EXPLANATION = (
    "One gradient of the loss for all parameters and inputs in float64, on one thread. Central "
    "differences evaluate the function twice for each element, at one step, and know nothing of "
    "their error; above 20 000 elements they are left out. Neuron-wise "
    "differences are timed with all that it takes to know their uncertainty: two steps, the noise, "
    "and eight directions through the whole. What is proved is an enclosure: a ball for each "
    "element that holds the exact gradient for certain. It is left out where differences are. "
    "Times are medians of processor time; the ratio is "
    "that to the backward pass, the median over the rounds of the ratio within a round, with its "
    "95 % interval. The error is the largest beside the backward pass in longdouble, relative to "
    "the largest number of its array; the resolution is the largest uncertainty, likewise; error/u "
    "is the largest error in units of its own uncertainty, and never above 1."
)
HEADINGS = (
    *("network", "activation", "what", "time", "ratio", "95 %"),
    *("error", "resolution", "error/u"),
)


@dataclass(frozen=True)
class Accuracy:
    """How far off a gradient is, and how far off it says that it may be."""

    error: float
    resolution: float
    excess: float


def measure(size: str, activation: str, protocol: Protocol) -> list[list[str]]:
    """The lines of the table for one network.

    Raises ValueError if an error is larger than it may be: its time would mean nothing.
    """
    problem = problem_of(size, activation)
    backward = problem.gradients["vectorised"]
    candidates: dict[str, Callable[[], object]] = {
        "one backward pass": lambda: backward(problem.arguments),
        "the function": lambda: problem.function(problem.arguments),
        "neuron-wise": lambda: neuron_wise.estimate(problem),
    }
    told = {"neuron-wise": _cells(honest(problem, neuron_wise.estimate(problem)))}
    if problem.size <= MOST:
        told["proved"] = _cells(honest(problem, proved(problem)))
        candidates["proved"] = lambda: proved(problem)
        told["central differences"] = [f"{central_error(problem):.1e}", "", ""]
        candidates["central differences"] = lambda: central_differences(problem)
    result = compare(candidates, protocol.rounds, protocol.slice_seconds)
    widths, batch = SIZES[size]
    network = f"{'-'.join(map(str, widths))}, batch {batch}"
    return [
        [
            network,
            activation,
            what,
            report.seconds(timing.seconds),
            report.digits(timing.ratio),
            f"{report.digits(timing.low)}…{report.digits(timing.high)}",
            *told.get(what, ["", "", ""]),
        ]
        for what, timing in result.timings.items()
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


def central_error(problem: Problem) -> float:
    """The largest of theirs. Raises ValueError if it is too large."""
    exact = problem.gradients["vectorised"](problem.cast(WIDE))[1]
    off = {name: np.abs(g - exact[name]) for name, g in central_differences(problem).items()}
    error = _relative(off, exact)
    if not error <= LARGEST_ERROR:
        raise ValueError(f"central differences are off by {error:.1e}: they must not be timed")
    return error


def proved(problem: Problem) -> Estimate:
    """What the backward pass computes in exact arithmetic, with a radius for each element."""
    enclosures = enclose(problem.gradients["vectorised"], problem.arguments) or {}
    middles, radii = ({n: enclosures[n][part] for n in problem.arguments} for part in (0, 1))
    return Estimate("enclosure", middles, radii, evaluations=1)


def honest(problem: Problem, estimate: Estimate) -> Accuracy:
    """The estimate beside the gradient by hand in a wider dtype.

    Raises ValueError if an error is larger than its uncertainty.
    """
    accuracy = _compared(problem, estimate)
    if not accuracy.excess <= 1:
        raise ValueError(f"an error is {accuracy.excess:.1f} times as large as its uncertainty")
    return accuracy


def _compared(problem: Problem, estimate: Estimate) -> Accuracy:
    exact = problem.gradients["vectorised"](problem.cast(WIDE))[1]
    off = {name: np.abs(g - exact[name]) for name, g in estimate.gradients.items()}
    bounds = estimate.uncertainties
    excess = {
        n: np.divide(e, bounds[n], out=np.zeros_like(e), where=e != 0) for n, e in off.items()
    }
    return Accuracy(
        _relative(off, exact), _relative(bounds, exact), max(map(largest, excess.values()))
    )


def _relative(parts: Mapping[str, Any], exact: Mapping[str, Any]) -> float:
    return max(largest(part) / largest(exact[name]) for name, part in parts.items())


def _cells(accuracy: Accuracy) -> list[str]:
    return [
        f"{accuracy.error:.1e}",
        f"{accuracy.resolution:.1e}",
        report.digits(accuracy.excess),
    ]


def markdown(
    lines: Sequence[Sequence[str]], surroundings: Mapping[str, Any], protocol: Protocol
) -> str:
    """The table with what is needed to read it."""
    parts = [f"# {TITLE}", EXPLANATION, report.markdown_grid(HEADINGS, lines)]
    return "\n\n".join([*parts, f"{protocol.rounds} rounds; {report.facts(surroundings)}\n"])


@click.command()
@click.option(
    "--size",
    "sizes",
    type=click.Choice(list(SIZES)),
    multiple=True,
    help="Only networks of this size; all unless given, and may be given again.",
)
@click.option("--quick", is_flag=True, help="Few and short rounds: a trial, not a measurement.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder for neuron_wise.md.",
)
def main(sizes: tuple[str, ...], quick: bool, results: Path) -> None:
    """Time differences beside a backward pass, and measure how far off they are."""
    protocol = Protocol(rounds=3, slice_seconds=0.002) if quick else Protocol()
    workloads = [(size, activation) for size in sizes or SIZES for activation in ACTIVATIONS]
    console, progress = Console(), Console(stderr=True)
    lines: list[list[str]] = []
    with fresh() as process:
        surroundings = process.submit(report.environment).result()
        for size, activation in track(workloads, "timing", console=progress, transient=True):
            lines += process.submit(measure, size, activation, protocol).result()
    console.print(report.grid(TITLE, HEADINGS, lines, names=3))
    results.mkdir(parents=True, exist_ok=True)
    write_whole(results / "neuron_wise.md", markdown(lines, surroundings, protocol))
    console.print(f"written to {results / 'neuron_wise.md'}")


if __name__ == "__main__":
    main()
