"""Plots as SVG: lines and points on linear or logarithmic axes.

They are legible on light and dark screens and in print, without colours too: every line is named
beside it, dashes tell lines apart, and a title and a description say in words what is seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Literal, TypeAlias

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 450, 70, 190, 50, 50  # the legend is at the right
#: Colours on white, and those on black.
COLOURS = (
    ("#1f6fb4", "#6cb2f0"),
    ("#c23b22", "#ff8a70"),
    ("#2a8c4a", "#5fd08a"),
    ("#7d4fb3", "#c79bf5"),
    ("#8a6100", "#e5b84b"),
    ("#4d5b66", "#b5c0c9"),
)
DASHES = ("none", "7 4", "2 3", "9 3 2 3", "14 4")
#: How many decades an axis may span before its labels name whole powers of ten only.
FEW_DECADES = 2

Point: TypeAlias = tuple[float, float]


def _style() -> str:
    shapes = "polyline,path{fill:none;stroke:currentColor;stroke-width:1.7}"
    words = "text{font:12px sans-serif;fill:currentColor}"
    light, dark = (
        "".join(f".c{number}{{color:{pair[shade]}}}" for number, pair in enumerate(COLOURS))
        for shade in (0, 1)
    )
    return (
        f"{words}{shapes}.ink{{color:#222}}.grid{{color:#ddd}}.paper{{fill:#fff}}{light}"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{.ink{{color:#eee}}.grid{{color:#444}}.paper{{fill:#111}}{dark}}}"
    )


STYLE = _style()


@dataclass(frozen=True)
class Line:
    """Points joined by a line, in a colour and with a dash of those numbers.

    The line breaks off at points that the axes cannot show, such as a loss that overflowed.
    """

    label: str
    points: Sequence[Point]
    colour: int = 0
    dash: int = 0


@dataclass(frozen=True)
class Dots:
    """Points as discs, or as rings where hollow."""

    label: str
    points: Sequence[Point]
    colour: int = 0
    hollow: bool = False


@dataclass(frozen=True)
class Axis:
    """A label, the kind of scale, and from where to where it goes if the numbers do not say."""

    label: str
    scale: Literal["linear", "log"] = "linear"
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Plot:
    """Lines and points, with what a reader who does not see them is told."""

    title: str
    description: str
    x: Axis
    y: Axis
    marks: Sequence[Line | Dots]

    def svg(self) -> str:
        """The text of an SVG file, always the same for the same numbers."""
        shown = [point for mark in self.marks for point in mark.points if self._shows(point)]
        xs, ys = zip(*shown, strict=True)
        across = _Span.of(self.x, xs, LEFT, WIDTH - RIGHT)
        up = _Span.of(self.y, ys, HEIGHT - BOTTOM, TOP)
        parts = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(self.title)}</title>",
            f"<desc>{escape(self.description)}</desc>",
            f'<style>{STYLE}</style><rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
            _text(LEFT, 20, self.title, "start"),
            _text(LEFT, HEIGHT - 10, self.x.label, "start"),
            _text(8, TOP - 14, self.y.label, "start"),
            *_grid(across, up),
            *(
                part
                for n, mark in enumerate(self.marks)
                for part in self._mark(mark, n, across, up)
            ),
            "</svg>\n",
        )
        return "\n".join(parts)

    def _shows(self, point: Point) -> bool:
        return all(
            math.isfinite(number)
            and (axis.scale == "linear" or number > 0)
            and (axis.ends is None or axis.ends[0] <= number <= axis.ends[1])
            for number, axis in zip(point, (self.x, self.y), strict=True)
        )

    def _mark(self, mark: Line | Dots, number: int, across: _Span, up: _Span) -> Iterator[str]:
        """The mark, and its line of the legend."""
        x, y = WIDTH - RIGHT + 12, TOP + 20 * number
        yield f'<g class="c{mark.colour % len(COLOURS)}">'
        for seen, points in groupby(mark.points, self._shows):
            if seen:
                pixels = [(across.pixel(x), up.pixel(y)) for x, y in points]
                yield from _dots(mark, pixels) if isinstance(mark, Dots) else _line(mark, pixels)
        if isinstance(mark, Dots):
            yield from _dots(mark, [(str(x + 12), str(y))])
        else:
            yield from _line(mark, [(str(x), str(y)), (str(x + 24), str(y))])
        yield "</g>"
        yield _text(x + 30, y + 4, mark.label, "start")


@dataclass(frozen=True)
class _Span:
    """From numbers to pixels, rounded so that a plot is always the same."""

    log: bool
    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, axis: Axis, numbers: Sequence[float], start: float, end: float) -> _Span:
        low, high = axis.ends or (min(numbers), max(numbers))
        log = axis.scale == "log"
        if log:
            low, high = math.log10(low), math.log10(high)
        if low == high:
            low, high = low - 1, high + 1
        return cls(log, low, high, start, end)

    def pixel(self, number: float) -> str:
        value = math.log10(number) if self.log else number
        slope = (self.end - self.start) / (self.high - self.low)
        return f"{self.start + slope * (value - self.low):.1f}"

    def ticks(self) -> list[tuple[float, str]]:
        """Round numbers, about eight at most, with their labels."""
        if not self.log:
            step = _round_step((self.high - self.low) / 7)
            counts = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
            return [(count * step, f"{count * step:.6g}") for count in counts]
        every = max(1, math.ceil((self.high - self.low) / 8))
        powers = range(math.ceil(self.low), math.floor(self.high) + 1, every)
        if self.high - self.low > FEW_DECADES:
            return [(10.0**power, f"1e{power}") for power in powers]
        parts = [
            m * 10.0**p
            for p in range(math.floor(self.low), math.ceil(self.high))
            for m in (1, 2, 5)
        ]
        return [(n, f"{n:g}") for n in parts if self.low <= math.log10(n) <= self.high]


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below it."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _grid(across: _Span, up: _Span) -> Iterator[str]:
    for number, label in across.ticks():
        x = across.pixel(number)
        yield f'<path class="grid" d="M{x},{up.start}V{up.end}"/>'
        yield _text(x, up.start + 16, label, "middle")
    for number, label in up.ticks():
        y = up.pixel(number)
        yield f'<path class="grid" d="M{across.start},{y}H{across.end}"/>'
        yield _text(LEFT - 6, y, label, "end")


def _line(line: Line, pixels: Sequence[tuple[str, str]]) -> Iterator[str]:
    points = " ".join(f"{x},{y}" for x, y in pixels)
    yield f'<polyline points="{points}" stroke-dasharray="{DASHES[line.dash % len(DASHES)]}"/>'


def _dots(dots: Dots, pixels: Sequence[tuple[str, str]]) -> Iterator[str]:
    fill = "none" if dots.hollow else "currentColor"
    for x, y in pixels:
        yield f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}" stroke="currentColor"/>'


def _text(x: object, y: object, text: str, anchor: str) -> str:
    return f'<text class="ink" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
