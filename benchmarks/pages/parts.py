"""What is measured beside the gradients: a plot of each part, its table and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks import campaign, differences, large, loops, tables
from benchmarks.campaign import Rate
from benchmarks.differences import Difference
from benchmarks.large import Found
from benchmarks.loops import Point
from benchmarks.pages.drawing import Marks, mark, picture
from benchmarks.record import Run
from clinometer.report.html import Folded, Part, Picture, Table
from clinometer.report.plot import Axis, Dots, Line, Plot

#: Ways to a whole gradient: what is drawn of the differences.
WAYS = (
    differences.FUNCTION,
    differences.NEURON_WISE,
    differences.PROVED,
    differences.CENTRAL,
)


def of(part: tables.Part, run: Run) -> Iterator[Part]:
    """What is needed to read it, what is seen, and the numbers."""
    yield part.explanation
    yield from PICTURES[part.title](run)
    table = Table(part.title, part.names, part.numbers, part.lines)
    yield Folded(f"{part.title}: the numbers", [table])


def _loops(run: Run) -> Iterator[Picture]:
    """The speed along each curve, and the power of the size that fits it."""
    marks: Marks = []
    for number, (along, curve) in enumerate(loops.curves(run.of(Point)).items()):
        exponent, constant = loops.power(curve)
        fitted = [(float(p.grown), constant * p.grown**exponent) for p in curve]
        marks.append(Dots(along, [(p.grown, p.speed) for p in curve], number))
        marks.append(Line(f"{along}^{exponent:.2f}", fitted, number, number))
    description = (
        "How many times as long a loop takes, against the batch, the width and the depth of the "
        "network, in float64, with the powers that fit."
    )
    x, y = Axis("batch, width or depth", "log"), Axis("time looped / time vectorised", "log")
    if marks:
        yield picture(Plot(loops.TITLE, description, x, y, marks))


def _differences(run: Run) -> Iterator[Picture]:
    """For each activation how many times as long as one backward pass each way takes."""
    rows = run.of(Difference)
    for activation in dict.fromkeys(row.activation for row in rows):
        chosen = [row for row in rows if row.activation == activation]
        marks: Marks = []
        for number, name in enumerate(WAYS):
            points = [(float(r.size), 1 / r.speed) for r in chosen if r.candidate == name]
            marks += [mark(name, sorted(points), number)] if points else []
        description = (
            f"Networks with {activation}. A way that takes some runs for each element rises with "
            "their number; one that takes some for each neuron rises more slowly."
        )
        x, y = (
            Axis("numbers in the gradient", "log"),
            Axis("time / that of one backward pass", "log"),
        )
        yield picture(Plot(f"{differences.TITLE}, {activation}", description, x, y, marks))


def _wrong_element(run: Run) -> Iterator[Picture]:
    """Evaluations against the relative error, the fewest and the most."""
    found = run.of(Found)
    marks: Marks = [
        mark("the most", [(row.relative, float(row.most)) for row in found], 0),
        mark("the fewest", [(row.relative, float(row.fewest)) for row in found], 1),
    ]
    description = "How often the function is evaluated until the element is found, or given up."
    x, y = Axis("relative error of the element", "log"), Axis("evaluations")
    yield picture(Plot(large.TITLE, description, x, y, marks))


def _campaign(run: Run) -> Iterator[Picture]:
    """What part of the cases each choice of oracles has judged within a time."""
    marks: Marks = []
    for number, rate in enumerate(run.of(Rate)):
        seconds = sorted(rate.case_seconds)
        points = [(time, count / len(seconds)) for count, time in enumerate(seconds, 1)]
        marks.append(mark(rate.candidate, points, number))
    description = "The part of the random networks that are judged within a time, by oracle."
    x, y = Axis("seconds a case", "log"), Axis("part of the cases", ends=(0.0, 1.0))
    yield picture(Plot(campaign.TITLE, description, x, y, marks))


PICTURES: dict[str, Callable[[Run], Iterator[Picture]]] = {
    loops.TITLE: _loops,
    differences.TITLE: _differences,
    large.TITLE: _wrong_element,
    campaign.TITLE: _campaign,
}
