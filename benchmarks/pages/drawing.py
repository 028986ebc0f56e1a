"""What the pages' plots share."""

from __future__ import annotations

from collections.abc import Sequence

from clinometer.report.html import Picture
from clinometer.report.plot import Dots, Line, Plot

Marks = list[Line | Dots]


def mark(label: str, points: Sequence[tuple[float, float]], number: int) -> Line | Dots:
    """A line, or a disc where there is one point only."""
    if len(points) == 1:
        return Dots(label, points, number)
    return Line(label, points, number, number)


def picture(plot: Plot) -> Picture:
    """With its description beneath it."""
    return Picture(plot.svg(), plot.description)
