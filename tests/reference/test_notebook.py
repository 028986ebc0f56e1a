"""A verdict in a notebook: well-formed, escaped, self-contained, legible without its colours."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from clinometer import check
from clinometer.check_verdict import CheckVerdict
from clinometer.report.notebook import BACKGROUNDS, SIGNS
from clinometer.report.tables import COLOURS
from tests.pages import contrast, text

X = np.array([0.5, -1.0, 2.0])
TAGS = {"div", "p", "span", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
HOSTILE = '<script>alert(1)</script>&amp;"]] style=color:red'


def judged(name: str = "weight", factor: float = 1.0) -> CheckVerdict:
    """Of three arrays: one whose gradient is times the factor, a right one, and one unjudged."""

    def function(p: Any, q: Any, n: Any) -> Any:
        return float(np.sum(np.sin(p[name])) * 1e9 + np.sum(q**2) * 1e9 + np.sum(np.sin(n)) * 1e-7)

    def grad(p: Any, q: Any, n: Any) -> Any:
        return {name: np.cos(p[name]) * 1e9 * factor}, 2e9 * q, np.cos(n) * 1e-7

    return check(function, ({name: X}, X, X + 1), grad=grad)


def parsed(verdict: CheckVerdict) -> ET.Element:
    """Fails where it is not well-formed."""
    return ET.fromstring(verdict._repr_html_())  # noqa: S314 # our own


def test_it_shows_what_the_plain_table_shows() -> None:
    """Title, cells and lines, in the same order."""
    verdict = judged(factor=2.0)
    assert set(verdict.arrays.values()) == {"agree", "disagree", "inconclusive"}
    page, plain = parsed(verdict), str(verdict).splitlines()
    assert text(page.find("p")) == f"✗ {plain[0]}"
    heading, _, *rows = plain[2 : 4 + len(verdict.arrays)]
    shown = [[text(cell) for cell in row] for row in page.iter("tr")]
    assert [" ".join(row).strip() for row in shown] == [
        re.sub(r"  +", " ", line.strip()) for line in [heading, *(_with_sign(row) for row in rows)]
    ]
    assert [text(line) for line in page.iter("li")] == plain[5 + len(rows) :]


def _with_sign(row: str) -> str:
    return re.sub(r"\b(disagree|agree|inconclusive)\b", lambda m: f"{SIGNS[m[1]]} {m[1]}", row)


def test_what_the_user_named_is_escaped() -> None:
    """Arrays, functions, what they raised; no element or attribute comes of it."""

    def function(x: Any) -> Any:
        return np.sum(x * x)

    def raises(x: Any) -> Any:
        raise ValueError(HOSTILE)

    function.__name__ = HOSTILE
    for verdict in (
        judged(HOSTILE, 2.0),
        check(function, (X,), grad=np.cos),
        check(np.sum, (X,), grad=raises),
    ):
        page = parsed(verdict)
        assert HOSTILE in text(page)
        elements = {element.tag for element in page.iter()}
        assert elements <= TAGS
        assert {name for element in page.iter() for name in element.attrib} == {"style"}


def test_it_needs_nothing_from_elsewhere() -> None:
    """No script, no request."""
    page = judged(factor=2.0)._repr_html_()
    assert not re.search(
        r"<script|<style|<link|<img|url\(|https?:|src=|href=|@import|\bon\w+=", page
    )


@pytest.mark.parametrize("status", COLOURS)
def test_a_status_is_told_by_a_sign_and_a_word(status: Any) -> None:
    """Besides its colour, which is a background that brings its own text."""
    assert len(set(SIGNS.values())) == len(COLOURS)
    assert contrast(BACKGROUNDS[status], "#ffffff") >= 4.5
    badges = [
        span for span in parsed(judged(factor=2.0)).iter("span") if SIGNS[status] in text(span)
    ]
    assert text(badges[-1]) == f"{SIGNS[status]} {status}"
    for badge in badges:
        assert f"color: #ffffff; background: {BACKGROUNDS[status]};" in badge.get("style", "")


def test_all_other_text_has_the_notebooks_own_colours() -> None:
    """Light or dark."""
    for element in parsed(judged()).iter():
        style = element.get("style", "")
        coloured = re.findall(r"(?:^|; )(?:color|background)[a-z-]*: ([^;]*)", style)
        assert element.tag == "span" or set(coloured) <= {"inherit"}
    assert parsed(judged()).find("table").get("style").startswith("color: inherit; ")


def test_a_verdict_without_arrays_or_notes_is_well_formed() -> None:
    """As where the function gives no value, and where nothing is to be added."""
    empty = CheckVerdict((), function="f")
    assert text(parsed(empty).find("p")) == f"? {empty.title}"
    assert parsed(empty).find("ul") is None
