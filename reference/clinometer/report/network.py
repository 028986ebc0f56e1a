"""The network of a case as SVG: layers from top to bottom, branches side by side, what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape

from clinometer.architecture import Architecture
from clinometer.architecture.description import Shape
from clinometer.architecture.layers import Layer
from clinometer.campaign.localisation import called
from clinometer.report.plot import STYLE

WIDE, HIGH = 190, 46  # a box
DOWN, ASIDE = 34, 24  # between boxes
MARGIN = 12
#: What marks a box besides its colour and its thick line.
WRONG = "✗ wrong by itself"


def network(
    architecture: Architecture, wrong: Collection[str], notes: Mapping[str, str] | None = None
) -> str:
    """The text of an SVG; `wrong` has the paths of layers, `loss` or `penalty`, as `notes` has.

    A note is a few words in the box of what it is on.
    """
    return _Drawing(architecture, wrong, notes or {}).svg()


def in_words(architecture: Architecture, wrong: Collection[str]) -> str:
    """The same for those who do not see it."""
    ends = f"loss {architecture.loss.kind}"
    if architecture.penalty:
        ends += f" and penalty {architecture.penalty.kind}"
    marked = [name for path, name in places(architecture).items() if path in wrong]
    flow = f"Samples of shape {_shape(architecture.inputs)} go through "
    flow += f"{_words(architecture.layers, '')}, to the {ends}."
    return flow + (f" Wrong by itself: {', '.join(marked)}." if marked else "")


def places(architecture: Architecture) -> dict[str, str]:
    """What the network is made of: paths, and what each is called there."""
    layers = {path: f"{path} {called(layer)}" for path, layer, _ in architecture.walk()}
    ends = {"loss": architecture.loss, "penalty": architecture.penalty}
    return layers | {path: f"{path} {end.kind}" for path, end in ends.items() if end}


def _words(layers: Sequence[Layer], prefix: str) -> str:
    return ", ".join(_word(layer, f"{prefix}{n}") for n, layer in enumerate(layers, 1)) or "nothing"


def _word(layer: Layer, path: str) -> str:
    branches = [
        f"[{_words(branch, f'{path}.{n}.')}]" for n, branch in enumerate(layer.branch_layers(), 1)
    ]
    return f"{path} {called(layer)}" + (f" of {' and '.join(branches)}" if branches else "")


class _Drawing:
    def __init__(
        self, architecture: Architecture, wrong: Collection[str], notes: Mapping[str, str]
    ) -> None:
        self.architecture, self.wrong = architecture, wrong
        self.notes = {
            **{later: f"parameters of {earlier}" for later, earlier in architecture.shared},
            **notes,
        }
        self.names = places(architecture)

    def svg(self) -> str:
        layers, ends = self.architecture.layers, self._ends()
        wide = max(_across(layers), len(ends) * (WIDE + ASIDE) - ASIDE)
        width, height = wide + 2 * MARGIN, 2 * HIGH + DOWN + _down(layers) + 2 * MARGIN
        middle, start = width / 2, MARGIN + HIGH
        parts = (
            '<svg xmlns="http://www.w3.org/2000/svg" role="img"',
            f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
            f"<title>{escape(in_words(self.architecture, self.wrong))}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *_box(middle, MARGIN, "input", self.notes.get("x", ""), wrong=False),
            *self._sequence(layers, "", middle, start, self.architecture.inputs),
            *self._loss(ends, middle, start + _down(layers)),
            "</svg>\n",
        )
        return "\n".join(parts)

    def _ends(self) -> list[str]:
        return [path for path in ("loss", "penalty") if path in self.names]

    def _loss(self, ends: Sequence[str], middle: float, start: float) -> Iterator[str]:
        """What the outputs go to, with the penalty beside it."""
        left = middle - (len(ends) - 1) * (WIDE + ASIDE) / 2
        yield from _arrow(middle, start, left, start + DOWN, _shape(self.architecture.outputs))
        for number, path in enumerate(ends):
            yield from self._box(path, left + number * (WIDE + ASIDE), start + DOWN)

    def _sequence(
        self, layers: Sequence[Layer], prefix: str, x: float, start: float, shape: Shape
    ) -> Iterator[str]:
        """Layers below each other, with an arrow before each."""
        for number, layer in enumerate(layers, 1):
            path = f"{prefix}{number}"
            if layer.branch_layers():
                yield from self._block(layer, path, x, start, shape)
            else:
                yield from _arrow(x, start, x, start + DOWN, _shape(shape))
                yield from self._box(path, x, start + DOWN)
            start += _down([layer])
            shape = layer.output_shape(shape)

    def _block(
        self, layer: Layer, path: str, x: float, start: float, shape: Shape
    ) -> Iterator[str]:
        """Branches beside each other, and the box of what joins them."""
        top, left = start + DOWN, x - _across([layer]) / 2
        join = start + _down([layer]) - HIGH
        for number, branch in enumerate(layer.branch_layers(), 1):
            middle = left + _across(branch) / 2
            yield from _line(x, start, middle, top)
            yield from self._sequence(branch, f"{path}.{number}.", middle, top, shape)
            yield from _line(middle, top + _down(branch), middle, join - DOWN)
            yield from _arrow(middle, join - DOWN, x, join)
            left += _across(branch) + ASIDE
        yield from self._box(path, x, join)

    def _box(self, path: str, x: float, top: float) -> Iterator[str]:
        wrong = path in self.wrong
        return _box(x, top, self.names[path], WRONG if wrong else self.notes.get(path, ""), wrong)


def _across(layers: Sequence[Layer]) -> float:
    """How wide layers below each other are; none are still a line."""
    return max((_wide(layer.branch_layers()) for layer in layers), default=WIDE / 2)


def _wide(branches: Sequence[Sequence[Layer]]) -> float:
    return sum(_across(branch) + ASIDE for branch in branches) - ASIDE if branches else WIDE


def _down(layers: Sequence[Layer]) -> float:
    """How high they are, with the arrow before each."""
    return sum(DOWN + _high(layer.branch_layers()) for layer in layers)


def _high(branches: Sequence[Sequence[Layer]]) -> float:
    return max(map(_down, branches)) + DOWN + HIGH if branches else HIGH


def _box(x: float, top: float, name: str, note: str, wrong: bool) -> Iterator[str]:
    colour, thick = ("c1", 4) if wrong else ("ink", 1.5)
    yield (
        f'<rect class="{colour}" x="{x - WIDE / 2:g}" y="{top:g}" width="{WIDE}" height="{HIGH}" '
        f'rx="5" fill="none" stroke="currentColor" stroke-width="{thick}"/>'
    )
    lines = [(name, "ink"), (note, colour)] if note else [(name, "ink")]
    for number, (text, shade) in enumerate(lines, 1):
        y = top + HIGH / 2 + 4 + 9 * (2 * number - 1 - len(lines))
        yield _text(shade, x, y, "middle", text)


def _line(x: float, y: float, to_x: float, to_y: float) -> Iterator[str]:
    if (x, y) != (to_x, to_y):
        yield f'<path class="ink" d="M{x:g},{y:g}L{to_x:g},{to_y:g}"/>'


def _arrow(x: float, y: float, to_x: float, to_y: float, label: str = "") -> Iterator[str]:
    yield from _line(x, y, to_x, to_y)
    yield f'<path class="ink" d="M{to_x - 4:g},{to_y - 7:g}L{to_x:g},{to_y:g}l4,-7"/>'
    if label:
        yield _text("ink", max(x, to_x) + 8, to_y - DOWN / 2 + 4, "start", label)


def _text(colour: str, x: float, y: float, anchor: str, text: str) -> str:
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text class="{colour}" {place}>{escape(text)}</text>'


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, shape))
