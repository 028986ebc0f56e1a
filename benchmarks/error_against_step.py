"""`python -m benchmarks.error_against_step FOLDER`: the error of a slope against the step.

For three networks, the slope along one direction by central differences in float64, by the
complex step and by central differences on balls; beside each true error, the one that can be
told from the numbers themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from flint import arb, ctx

from benchmarks.calibration.families import Drawn
from clinometer.balls import BallArray, as_arb
from clinometer.directions import Directions
from clinometer.estimate import rounding_uncertainty
from clinometer.oracles.complex_step import NARROW, WIDE, ComplexStepArray
from clinometer.problem import Arrays, Problem
from clinometer.report.document import write_whole
from clinometer.report.plot import Axis, Line, Plot
from clinometer.rounding import function_noise, unit_roundoff

BITS = 320
STEPS = range(2, -101, -2)  # powers of two, in units of the scale of each argument
KINK = 2.0**-14  # how far from its kink a pre-activation is, in the second network
FLOOR = 1e-60  # relative errors below are drawn there
DESCRIPTION = (
    "The true error of a slope by differences, the complex step and balls, and the error that each "
    "can state itself, against the step. Differences have their best step in the middle."
)


def _kinked() -> Problem:
    """A network one of whose first pre-activations is close to the kink."""
    problem = Drawn("mlp_relu", "standard", "float64", 3).problem()
    bias, before = problem.arguments["0.bias"].copy(), problem.arguments["x"][0]
    bias[0] = KINK - before @ problem.arguments["0.weight"][:, 0]
    return replace(problem, arguments={**problem.arguments, "0.bias": bias})


PROBLEMS: Mapping[str, tuple[str, Callable[[], Problem]]] = {
    "smooth": ("a smooth network", Drawn("mlp_tanh", "standard", "float64", 1).problem),
    "kink": ("a kink near the point", _kinked),
    "saturated": ("a saturated network", Drawn("mlp_sigmoid", "huge", "float64", 1).problem),
}


@dataclass(frozen=True)
class Slope:
    """One method at one step: the slope, and how far off it may be as far as it can tell."""

    value: Any
    uncertainty: float


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(folder: Path) -> None:
    """Write one plot for each of three networks to FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, make) in PROBLEMS.items():
        path = folder / f"error_against_step_{name}.svg"
        write_whole(path, figure(f"Error against step: {title}", make()))
        click.echo(path)


def figure(title: str, problem: Problem) -> str:
    """The plot of one problem."""
    lines = [line for number in range(len(METHODS)) for line in _lines(problem, number)]
    x, y = Axis("step, in units of the arguments' scale", "log"), Axis("relative error", "log")
    return Plot(title, DESCRIPTION, x, y, lines).svg()


def errors(problem: Problem, method: str) -> Iterator[tuple[float, float, float]]:
    """Step, true error and stated uncertainty, both relative to the true slope."""
    with ctx.workprec(BITS):
        slopes, truth = METHODS[method](problem), _truth(problem)
        for power in STEPS:
            step = 2.0**power
            slope = slopes(step)
            error = float(abs(as_arb(slope.value) - truth).mid())
            size = abs(float(truth.mid()))
            yield step, error / size, slope.uncertainty / size


def _lines(problem: Problem, number: int) -> Iterator[Line]:
    method = list(METHODS)[number]
    rows = list(errors(problem, method))
    for dash, label in enumerate((method, f"{method}, stated")):
        yield Line(label, [(row[0], max(row[1 + dash], FLOOR)) for row in rows], number, dash)


def _direction(problem: Problem) -> dict[str, Any]:
    return {name: Directions(name, array)[0] for name, array in problem.arguments.items()}


def _truth(problem: Problem) -> arb:
    """The slope by the gradient by hand, on balls."""
    point = {name: BallArray.carry(array) for name, array in problem.arguments.items()}
    _, gradients = problem.gradients["by hand"](point)
    along = _direction(problem)
    return sum((as_arb((gradients[n] * along[n]).sum()[()]) for n in along), start=arb(0))


def _along(problem: Problem, carry: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function on the line through the point, of the distance from it."""
    along = _direction(problem)
    point: Arrays = {name: carry(array) for name, array in problem.arguments.items()}
    return lambda t: problem.function({name: point[name] + t * along[name] for name in along})


def _differences(problem: Problem) -> Callable[[float], Slope]:
    """In float64: the contrast to twice the step, and the function's noise over the step."""
    function = _along(problem, lambda array: array)
    noise = 2 * function_noise(problem, "float64")

    def slopes(step: float) -> Slope:
        fine, coarse = (float(function(h) - function(-h)) / (2 * h) for h in (step, 2 * step))
        rounding = noise + unit_roundoff(np.float64) * abs(float(function(0.0)))
        return Slope(fine, abs(fine - coarse) + rounding / step)

    return slopes


def _complex_step(problem: Problem) -> Callable[[float], Slope]:
    """In the widest dtype: the contrasts to twice the step, and to a narrower dtype."""
    wide, narrow = (
        _along(problem, lambda array, dtype=dtype: ComplexStepArray.carry(array.astype(dtype)))  # type: ignore[misc]
        for dtype in (WIDE, NARROW)
    )

    def slopes(step: float) -> Slope:
        fine, coarse = (np.imag(wide(1j * h)) / h for h in (step, 2 * step))
        narrower = np.imag(narrow(1j * step)) / step
        rounding = rounding_uncertainty(fine, narrower, unit_roundoff(WIDE), unit_roundoff(NARROW))
        return Slope(np.longdouble(fine), float(np.abs(fine - coarse) + rounding))

    return slopes


def _balls(problem: Problem) -> Callable[[float], Slope]:
    """On balls: the contrast to twice the step, and the proved radius."""
    function = _along(problem, BallArray.carry)

    def slopes(step: float) -> Slope:
        fine, coarse = (
            as_arb((function(h) - function(-h))[()]) / (2 * h) for h in (step, 2 * step)
        )
        return Slope(fine, float(abs(fine - coarse).mid()) + 2 * float(fine.rad()))

    return slopes


METHODS = {"differences": _differences, "complex step": _complex_step, "balls": _balls}


if __name__ == "__main__":
    main()
