"""Line plots on two logarithmic axes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 440, 70, 190, 40, 50  # the legend is at the right
STYLE = "text{font:12px sans-serif;fill:#222}polyline,path{fill:none;stroke-width:1.5}"


@dataclass(frozen=True)
class Line:
    """Points by the decimal logarithms of their coordinates."""

    label: str
    colour: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True)
class Axis:
    """From logarithms (`low` to `high`) to pixels, rounded so that a plot is always the same."""

    low: float
    high: float
    start: float
    end: float

    def pixel(self, value: float) -> str:
        slope = (self.end - self.start) / (self.high - self.low)
        return f"{self.start + slope * (value - self.low):.1f}"

    def ticks(self) -> range:
        """Whole powers of ten, at most about eight."""
        step = max(1, math.ceil((self.high - self.low) / 8))
        return range(math.ceil(self.low), math.floor(self.high) + 1, step)


def plot(title: str, x_label: str, y_label: str, lines: Sequence[Line]) -> str:
    """The text of an SVG file."""
    xs, ys = zip(*(point for line in lines for point in line.points), strict=True)
    across = Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    up = Axis(min(ys), max(ys), HEIGHT - BOTTOM, TOP)
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 20, title, "start"),
        _text(LEFT, HEIGHT - 10, x_label, "start"),
        _text(8, TOP - 14, y_label, "start"),
        *_grid(across, up),
        *(part for number, line in enumerate(lines) for part in _line(line, number, across, up)),
        "</svg>\n",
    )
    return "\n".join(parts)


def _grid(across: Axis, up: Axis) -> Iterator[str]:
    for power, x in ((power, across.pixel(power)) for power in across.ticks()):
        yield f'<path d="M{x},{up.start}V{up.end}" stroke="#ddd"/>'
        yield _text(x, up.start + 16, f"1e{power}", "middle")
    for power, y in ((power, up.pixel(power)) for power in up.ticks()):
        yield f'<path d="M{across.start},{y}H{across.end}" stroke="#ddd"/>'
        yield _text(LEFT - 6, y, f"1e{power}", "end")


def _line(line: Line, number: int, across: Axis, up: Axis) -> Iterator[str]:
    style = f'stroke="{line.colour}"' + (' stroke-dasharray="5 4"' if line.dashed else "")
    x, y = WIDTH - RIGHT + 12, TOP + 20 * number
    points = " ".join(f"{across.pixel(x)},{up.pixel(y)}" for x, y in line.points)
    yield f'<polyline points="{points}" {style}/><path d="M{x},{y}h24" {style}/>'
    yield _text(x + 30, y + 4, line.label, "start")


def _text(x: object, y: object, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
