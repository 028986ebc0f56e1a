"""Plots say in words what they show, are drawn where their numbers are, and are well-formed."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest

from clinometer.report.plot import Axis, Dots, Line, Plot

SVG = "{http://www.w3.org/2000/svg}"


STEP, ERROR = Axis("step"), Axis("error")


def drawn(*marks: Line | Dots, x: Axis = STEP, y: Axis = ERROR) -> ET.Element:
    """The parsed file."""
    return ET.fromstring(Plot("a < b", "what & why", x, y, marks).svg())  # noqa: S314 # our own


def pixels(root: ET.Element) -> list[list[list[float]]]:
    """The points of each line of the plot, without those of the legend."""
    lines = [line.get("points", "") for line in root.iter(f"{SVG}polyline")]
    return [[[*map(float, p.split(","))] for p in points.split()] for points in lines]


def test_it_has_a_title_and_a_description_and_its_text_is_escaped() -> None:
    """Which a parser gives back."""
    root = drawn(Line("<one>", [(0, 0), (1, 2)]))
    assert root.findtext(f"{SVG}title") == "a < b"
    assert root.findtext(f"{SVG}desc") == "what & why"
    assert "<one>" in [text.text for text in root.iter(f"{SVG}text")]


def test_larger_is_to_the_right_and_higher() -> None:
    """Upward on the screen is downward in pixels."""
    (x0, y0), (x1, y1) = pixels(drawn(Line("one", [(0, 0), (1, 2)])))[0]
    assert x1 > x0
    assert y1 < y0


def test_a_logarithmic_axis_has_equal_factors_at_equal_distances() -> None:
    """Down to numbers far from one."""
    points = [(1.0, 1e-300), (2.0, 1e-200), (3.0, 1e-100)]
    line = pixels(drawn(Line("one", points), y=Axis("error", "log")))[0]
    assert line[0][1] - line[1][1] == pytest.approx(line[1][1] - line[2][1], abs=0.2)


@pytest.mark.parametrize("unseen", [math.nan, math.inf, -1.0, 1e9])
def test_a_line_breaks_where_nothing_can_be_shown(unseen: float) -> None:
    """At what is not finite, not positive on a logarithmic axis, or outside its ends."""
    points = [(0.0, 1.0), (1.0, 2.0), (2.0, unseen), (3.0, 4.0), (4.0, 5.0)]
    found = pixels(drawn(Line("one", points), y=Axis("error", "log", (0.1, 10))))
    assert [len(line) for line in found] == [2, 2, 2]  # two pieces and the legend


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-3.0, 250.0), (1e-7, 2e-7)])
def test_ticks_are_round_few_and_within_the_ends(ends: tuple[float, float]) -> None:
    """From two to nine of them, labelled with the numbers that they stand at."""
    root = drawn(Line("one", [(ends[0], 0), (ends[1], 1)]), x=Axis("step", ends=ends))
    labels = [t.text or "" for t in root.iter(f"{SVG}text") if t.get("text-anchor") == "middle"]
    assert 2 <= len(labels) <= 9
    assert all(ends[0] <= float(label) <= ends[1] for label in labels)


def test_points_that_do_not_differ_are_drawn_too() -> None:
    """In the middle."""
    assert len(pixels(drawn(Line("one", [(1, 1), (1, 1)])))[0]) == 2


def test_dots_are_discs_or_rings() -> None:
    """One each, and one in the legend."""
    root = drawn(Dots("all", [(0, 0), (1, 1)], hollow=True))
    assert [c.get("fill") for c in root.iter(f"{SVG}circle")] == ["none"] * 3


def test_it_is_legible_on_dark_screens_and_in_print() -> None:
    """A dark palette for screens only, on paper of its own colour."""
    style = drawn(Line("one", [(0, 0), (1, 1)])).findtext(f"{SVG}style") or ""
    assert "@media screen and (prefers-color-scheme:dark)" in style
    light, dark = style.split("@media", 1)
    for name in (".ink", ".grid", ".paper", ".c0", ".c5"):
        assert light.count(name) == dark.count(name) == 1
