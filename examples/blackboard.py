"""What the lessons share: gradients laid before every oracle, and tables, pictures and pages.

A lesson is a generator of its parts, in the order in which a reader meets them. The same parts are
printed, written as pictures and written as one page.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import click
import numpy as np
from rich import box
from rich import table as rich_table
from rich.console import Console

from clinometer import registry
from clinometer.architecture import Architecture
from clinometer.commands import EXIT_CODES
from clinometer.comparison import Status
from clinometer.errors import InvalidInput
from clinometer.examination import Examination
from clinometer.problem import Arrays, Gradient
from clinometer.report import html as web
from clinometer.report.document import require_writable, write_whole
from clinometer.report.plot import Plot
from clinometer.subjects.hand_written import like, objective
from clinometer.verdict import worst

#: From parameters, inputs and targets to the loss and its gradients by name.
ByHand: TypeAlias = Callable[[Arrays, Any, Any], tuple[Any, Mapping[str, Any]]]
#: Derivatives such as ∂L/∂b, with the array and the element that each is for.
Names: TypeAlias = Mapping[str, tuple[str, tuple[int, ...]]]

BY_HAND = "by hand"
#: How the oracles are called in the tables.
WITNESSES = {
    "finite_difference": "finite differences",
    "complex_step": "complex step",
    "ball_arithmetic": "ball arithmetic",
    "torch_autograd": "PyTorch",
    "jax_grad": "JAX",
}
#: As many derivatives, with ten digits each, stand side by side in 80 columns.
SIDE_BY_SIDE = 3


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; `status` is the verdict that they amount to, if any."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    status: Status | None = None


@dataclass(frozen=True)
class Figure:
    """A picture and the name of its file."""

    name: str
    plot: Plot


Part: TypeAlias = str | Table | Figure
Lesson: TypeAlias = Callable[[], Iterable[Part]]


def examination(
    architecture: Architecture, arguments: Arrays, x: Any, target: Any, by_hand: ByHand | None
) -> Examination:
    """The sum of the losses before every oracle installed, as a function of the arguments.

    On trial are the lesson's own formula, if it has one, and the project's kernels, vectorised and
    looped. The inputs are held fixed unless they are one of the arguments, `x`.
    """
    given = {} if "x" in arguments else {"x": x}
    cotangent = np.ones(architecture.loss.loss_shape((len(x), *architecture.outputs)))
    problem = objective(architecture, arguments, target, cotangent, given)

    if by_hand:
        own = {BY_HAND: _gradient(by_hand, x, target)}
        problem = replace(problem, gradients={**own, **problem.gradients})
    return Examination(problem, registry.choose_oracles())


def _gradient(by_hand: ByHand, x: Any, target: Any) -> Gradient:
    """The formula as a function of the arguments alone, the rest in numbers of their type."""

    def gradient(arguments: Arrays) -> tuple[Any, Mapping[str, Any]]:
        point = next(iter(arguments.values()))
        inputs = arguments["x"] if "x" in arguments else like(point, x)
        loss, gradients = by_hand(arguments, inputs, like(point, target))
        return np.sum(loss), {name: np.asanyarray(array) for name, array in gradients.items()}

    return gradient


def missing() -> Iterator[str]:
    """A line for each oracle of the tables that is not installed."""
    for name, called in WITNESSES.items():
        if why := registry.obstacle(registry.oracles()[name]):
            yield f"{called} gives no column: {why}."


def statuses(seen: Examination) -> dict[str, Status]:
    """The verdict on each gradient that is on trial."""
    return {subject: seen.verdict(subject).status for subject in seen.problem.gradients}


def derivatives(
    seen: Examination, names: Names, exact: Mapping[str, Any] | None = None
) -> Iterator[Table]:
    """The derivatives as everybody computes them, a row each, and what the verdict is.

    Gradients that are known exactly, as fractions, stand above the others.
    """
    everybody = {**({"fractions": exact} if exact else {}), **dict(_everybody(seen))}
    verdicts = [seen.verdict(subject) for subject in seen.problem.gradients]
    arrays = {name: worst(v.arrays[name] for v in verdicts) for name in seen.problem.arguments}
    for labels in np.array_split(list(names), math.ceil(len(names) / SIDE_BY_SIDE)):
        places = [names[label] for label in labels]
        rows = [
            [who, *(_digits(gradients[array][i]) for array, i in places)]
            for who, gradients in everybody.items()
        ]
        verdict = ["verdict", *(arrays[array] for array, _ in places)]
        yield Table("derivatives", ["", *labels], [*rows, verdict], worst(arrays.values()))


def _digits(number: Any) -> str:
    return str(number) if isinstance(number, Fraction) else f"{float(number):.10g}"


def _everybody(seen: Examination) -> Iterator[tuple[str, Any]]:
    """Whoever has gradients, with those."""
    for subject, gradient in seen.problem.gradients.items():
        yield subject, gradient(seen.problem.arguments)[1]
    estimates = {estimate.oracle: estimate for estimate in seen.evidence.estimates}
    for oracle, called in WITNESSES.items():
        if estimate := estimates.get(oracle):
            closer = estimate.closer if estimate.directions else None
            yield (
                called,
                {
                    name: closer(name).gradients[name] if closer else array
                    for name, array in estimate.gradients.items()
                },
            )


def verdicts(title: str, heading: str, points: Mapping[str, Examination]) -> Table:
    """One row for each point along a training: what the verdict is on each gradient there."""
    found = {point: statuses(seen) for point, seen in points.items()}
    columns = [heading, *next(iter(found.values()))]
    rows = [[point, *by_subject.values()] for point, by_subject in found.items()]
    return Table(title, columns, rows, worst(s for row in found.values() for s in row.values()))


def show(lesson: Lesson, svg: Path | None = None, html: Path | None = None) -> Status:
    """Print a lesson, write its pictures to a folder and all of it as one page; the verdict."""
    console, parts = Console(highlight=False, markup=False), []
    for part in lesson():
        parts.append(part)
        if isinstance(part, Table):
            console.print(f"\n{part.title}")
            console.print(_for_terminal(part))
        else:
            console.print("\n" + (part if isinstance(part, str) else part.plot.description))
        if isinstance(part, Figure) and svg:
            svg.mkdir(parents=True, exist_ok=True)
            write_whole(svg / f"{part.name}.svg", part.plot.svg())
    found = [part.status for part in parts if isinstance(part, Table) and part.status]
    status = worst(found)
    console.print(f"\nverdict: {status}")
    if html:
        write_whole(html, page(parts, status))
    return status


def _for_terminal(table: Table) -> rich_table.Table:
    printed = rich_table.Table(box=box.HORIZONTALS)
    for number, column in enumerate(table.columns):
        printed.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in table.rows:
        printed.add_row(*row)
    return printed


def page(parts: Sequence[Part], status: Status) -> str:
    """One self-contained page, without scripts; its first part is its heading."""
    title, *rest = parts
    return web.page(str(title), status, list(map(_for_page, rest)))


def _for_page(part: Part) -> web.Part:
    if isinstance(part, str):
        return part
    if isinstance(part, Figure):
        return web.Picture(part.plot.svg(), part.plot.description)
    return web.Table(part.title, part.columns[:1], part.columns[1:], part.rows)


def main(lesson: Lesson) -> None:
    """The command line of a lesson. Exit codes as of `clinometer`: 0 if all agree, else 1 or 3."""

    @click.command(help=sys.modules[lesson.__module__].__doc__)
    @click.option("--svg", type=click.Path(path_type=Path, file_okay=False), help="Folder for SVG.")
    @click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="File for HTML.")
    def command(svg: Path | None, html: Path | None) -> None:
        try:
            require_writable(str(html or "-"))
        except InvalidInput as error:
            raise click.UsageError(str(error)) from error
        sys.exit(EXIT_CODES[show(lesson, svg, html)])

    command()
