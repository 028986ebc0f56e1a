"""The picture of a network: a box for each part, none on another, and what is wrong marked."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers import Layer
from clinometer.architecture.layers.activations import ReLU, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import Parallel
from clinometer.architecture.losses import L2Penalty, SoftmaxCrossEntropy
from clinometer.architecture.strategies import cases
from clinometer.report.network import WRONG, in_words, network, places

SVG = "{http://www.w3.org/2000/svg}"
#: Pixels between boxes, so that arrows are seen.
GAP = 20
BLOCK = Parallel(branches=((), (Tanh(), Dense(3)), (Dense(3),)), join="add")
LAYERS: tuple[Layer, ...] = (Dense(3), BLOCK, ReLU())
BRANCHED = Architecture((4,), LAYERS, SoftmaxCrossEntropy(), L2Penalty(0.5))


def drawn(architecture: Architecture, *wrong: str) -> ET.Element:
    return ET.fromstring(network(architecture, wrong))  # noqa: S314 # our own


def texts(picture: ET.Element) -> list[str]:
    return [e.text or "" for e in picture.iter(f"{SVG}text")]


def test_every_part_has_a_box_with_its_name() -> None:
    """Layers by their paths, the loss, the penalty; shapes stand at the arrows."""
    found = texts(drawn(BRANCHED))
    assert set(places(BRANCHED).values()) <= set(found)
    assert {"1 dense", "2 parallel (add)", "2.2.2 dense", "3 relu", "penalty l2_penalty"} <= set(
        found
    )
    assert "4" in found
    assert WRONG not in found


def test_what_is_wrong_is_marked_by_words_and_a_thick_line() -> None:
    """Those parts and no others, in the words for who does not see it too."""
    picture = drawn(BRANCHED, "2.2.2", "loss")
    marked = [e for e in picture.iter(f"{SVG}rect") if e.get("stroke-width") == "4"]
    assert len(marked) == texts(picture).count(WRONG) == 2
    title = picture.findtext(f"{SVG}title")
    assert title == in_words(BRANCHED, {"2.2.2", "loss"})
    assert title == (
        "Samples of shape 4 go through 1 dense, 2 parallel (add) of [nothing] and [2.2.1 tanh, "
        "2.2.2 dense] and [2.3.1 dense], 3 relu, to the loss softmax_cross_entropy and penalty "
        "l2_penalty. Wrong by itself: 2.2.2 dense, loss softmax_cross_entropy."
    )


def test_shared_parameters_are_told() -> None:
    """In the box of the layer that has none of its own."""
    shared = Architecture((3,), (Dense(3), Dense(3)), shared=(("2", "1"),))
    assert "parameters of 1" in texts(drawn(shared))


@given(cases())
def test_no_box_lies_on_another_or_outside(case: Case) -> None:
    """Whatever the network."""
    picture = drawn(case.architecture)
    paper, *boxes = picture.iter(f"{SVG}rect")
    assert len(boxes) == 1 + len(places(case.architecture))
    width, height = (float(paper.get(side, "")) for side in ("width", "height"))
    corners = [[float(box.get(n, "")) for n in ("x", "y", "width", "height")] for box in boxes]
    for x, y, wide, high in corners:
        assert 0 <= x < x + wide <= width
        assert 0 <= y < y + high <= height
    for (x, y, wide, high), (other_x, other_y, *_) in combinations(corners, 2):
        assert abs(x - other_x) >= wide + GAP or abs(y - other_y) >= high + GAP


@pytest.mark.parametrize("case", [Case(BRANCHED)], ids=["branched"])
def test_the_same_network_is_always_the_same_picture(case: Case) -> None:
    """Letter by letter, also after its line of JSON."""
    again = Case.from_json(case.to_json()).architecture
    assert network(again, {"1"}) == network(BRANCHED, {"1"})
