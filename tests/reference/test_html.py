"""The frame of every page: well-formed, escaped, headings in order, colours that can be read."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from clinometer.report.html import Copyable, Folded, Part, Picture, Section, Table, page
from tests.pages import contrast, parsed, text

HOSTILE = "<script>alert(1)</script>&amp;\"'"
TABLE = Table(HOSTILE, [HOSTILE, "status"], ["how many"], [[HOSTILE, "agree", "3"]], HOSTILE)


def everything(words: str) -> list[Part]:
    """Each kind of part, one in another."""
    return [
        words,
        Section(words, [TABLE, Section("inner", [Folded(words, [Copyable(words, words), TABLE])])]),
        Section("pictures", [Picture("<svg/>", words)]),
    ]


def test_whatever_is_shown_is_escaped() -> None:
    """Each text arrives as it is, in each place, and no element comes of it."""
    root = parsed(page(HOSTILE, "disagree", everything(HOSTILE)))
    assert not list(root.iter("script"))
    for tag in ("title", "h1", "h2", "p", "caption", "th", "summary", "code", "figcaption"):
        assert HOSTILE in [text(element) for element in root.iter(tag)], tag
    labels = {e.get("aria-label") for e in root.iter() if e.get("aria-label")}
    assert labels == {HOSTILE, "On this page"}


def test_headings_lie_as_the_sections_do() -> None:
    """From one h1 down, no level left out; the list at the head leads to those below it."""
    root = parsed(page("title", None, everything("words")))
    assert [e.tag for e in root.iter() if re.fullmatch(r"h\d", e.tag)] == ["h1", "h2", "h3", "h2"]
    links = {e.get("href", "").removeprefix("#"): text(e) for e in root.iter("a")}
    assert links == {e.get("id"): text(e) for e in root.iter("h2")}
    assert list(links.values()) == ["words", "pictures"]


def test_a_page_of_no_sections_has_no_list_of_them() -> None:
    """Nor a verdict, if it comes to none."""
    root = parsed(page("title", None, ["words"]))
    assert root.find(".//nav") is None
    assert text(root.find(".//header")).strip() == "title"


def test_a_table_has_a_caption_headings_and_a_status_in_words() -> None:
    """The first cell of a row is its heading; the colour of a status is not all that tells it."""
    root = parsed(page("title", None, [TABLE]))
    assert [e.get("scope") for e in root.iter("th")] == ["col", "col", "col", "row"]
    badge = root.find(".//td/span")
    assert text(badge) == "✓ agree"
    assert badge.get("class") == "status agree"
    assert [e.get("class") for e in root.iter("td")] == [None, "number"]


@pytest.mark.parametrize("words", ["ink", "soft", "link", "wrong"])
@pytest.mark.parametrize("mode", [0, 1])
def test_words_have_contrast_in_both_modes(words: str, mode: int) -> None:
    """4.5 at least on both backgrounds, as WCAG 2 asks for at its level AA."""
    style = page("title", None, [])
    colours = dict(re.findall(r"--(\w+): (#\w{6})", style.split("@media")[mode]))
    for background in ("paper", "inset"):
        assert contrast(colours[words], colours[background]) >= 4.5


def test_a_picture_that_is_not_well_formed_does_not_pass_unseen() -> None:
    """It would spoil the page."""
    with pytest.raises(ET.ParseError):
        parsed(page("title", None, [Picture("<svg>", "words")]))
