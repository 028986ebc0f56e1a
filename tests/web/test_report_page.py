"""The report of a failing run in a real browser: what a reader sees, and what the page asks for."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clinometer import cli
from clinometer.architecture import Case
from clinometer.campaign.coverage import coverage
from clinometer.campaign.drawing import Draw
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.comparison import Comparison
from clinometer.dtypes import DTYPES
from clinometer.report.html.verification import verification
from clinometer.verdict import Verdict
from handgrad.kernels import kernel
from tests.reference.results import RESULTS
from tests.web.browser import Browser

MEGABYTES = 3e6
LOADED = "performance.getEntriesByType('navigation')[0]"
#: All that is folded away but the longest tables, which take an auditor long and are like others.
UNFOLDED = "details:not(:has(tr:nth-child(100)))"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run in which the looped dense layer takes one sample's gradient for the bias."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    dense = kernel("looped", "dense")
    right = dense.backward
    options = "verify --cases 8 --oracles complex_step --quiet --workers 1 --html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "backward", lambda dy, c: (*right(dy, c)[:2], dy[0]))
        patch.setattr(sys, "argv", ["clinometer", *options.split(), str(path)])
        with pytest.raises(SystemExit) as ended:
            cli.run()
    assert ended.value.code == 1
    return path


def test_a_reader_sees_what_is_wrong_and_how_to_see_it_again(
    browser: Browser, report: Path
) -> None:
    """The headline, the layer with both numbers, and a case that is what it says."""
    opened = browser.open(report)
    assert opened.page.title() == opened.text("h1") == "Wrong gradients: looped dense: bias"
    assert opened.text("header .status") == "✗ disagree"
    finding = "section section"
    assert opened.text(f"{finding} h3") == "1. looped dense: bias"
    assert "layer 1 (dense), bias: element" in opened.text(finding)
    assert "the sum over the samples is missing" in opened.text(finding)
    witness = opened.text(f"{finding} tbody tr").split("\t")
    assert witness[:2] == ["complex_step", "✗ disagree"]
    assert float(witness[3]) != float(witness[4])
    line = shlex.split(opened.text(f"{finding} pre"))[-1]
    assert Case.from_json(line).architecture.layers[0].kind == "dense"


def test_the_wrong_layer_is_marked_in_the_picture(browser: Browser, report: Path) -> None:
    """In words that are seen and in a colour that other layers do not have."""
    opened = browser.open(report)
    picture = opened.page.locator("figure svg").first
    seen = [text.text_content() for text in picture.locator("text").all()]
    assert "1 dense" in seen
    assert seen[seen.index("1 dense") + 1] == "✗ wrong by itself"
    assert picture.locator("rect.c1").count() == 1
    assert picture.bounding_box()["width"] > 100


def test_the_page_asks_nobody_for_anything(browser: Browser, report: Path) -> None:
    """It is all that is loaded, with scripts allowed too."""
    for scripts in (False, True):
        assert browser.open(report, java_script_enabled=scripts).requests == [report.as_uri()]


def test_a_page_that_asks_is_seen_to_ask(browser: Browser, tmp_path: Path) -> None:
    """So the test above can fail."""
    path = tmp_path / "asks.html"
    path.write_text('<h1>asks</h1><img src="file:///nowhere/picture.png">')
    assert browser.open(path).requests == [path.as_uri(), "file:///nowhere/picture.png"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1200])
def test_nothing_is_cut_off_on_any_screen(
    browser: Browser, report: Path, mode: Any, width: int
) -> None:
    """The page is as wide as its window; tables scroll by themselves. Dark is dark."""
    window = {"width": width, "height": 800}
    page = browser.open(report, color_scheme=mode, viewport=window, java_script_enabled=True).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    style = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    ink, paper = (sum(map(int, colour.strip("rgb()").split(","))) for colour in style)
    assert (ink > paper) == (mode == "dark")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_auditor_of_accessibility_objects_to_nothing(
    browser: Browser, report: Path, mode: Any
) -> None:
    """axe-core's rules: WCAG's levels A and AA, and what it calls best practice."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browser.open(report, color_scheme=mode, java_script_enabled=True).page
    page.evaluate(f"document.querySelectorAll('{UNFOLDED}').forEach(d => {{ d.open = true }})")
    found = axe.run(page)
    assert len(found.response["passes"]) > 20
    assert not found.response["violations"], found.generate_report()


def test_one_click_selects_the_case(browser: Browser, report: Path) -> None:
    """So that it can be copied without a script; the page itself has none."""
    page = browser.open(report, java_script_enabled=True).page
    block = page.locator("pre.copy").first
    block.click()
    assert page.evaluate("getSelection().toString()").strip() == block.inner_text().strip()


def test_a_large_report_is_small_and_opens_at_once(browser: Browser, tmp_path: Path) -> None:
    """5 000 cases, all of which disagree in every array."""
    path = tmp_path / "large.html"
    path.write_text(verification(_large(), ["complex_step"], 0), encoding="utf-8")
    assert path.stat().st_size < MEGABYTES
    opened = browser.open(path, java_script_enabled=True)
    assert opened.text("h1") == "Wrong gradients: looped dense: bias"
    assert 0 < opened.page.evaluate(f"{LOADED}.loadEventEnd") < 1000  # milliseconds


def _large() -> Results:
    drawn = Draw(100, 0).cases[:100]
    cases = [replace(case, seed=n) for n in range(50) for case in drawn]
    outcomes = [Outcome(case, {"looped": _wrong_everywhere(case)}) for case in cases]
    return replace(RESULTS, outcomes=outcomes, coverage=coverage(cases, DTYPES))


def _wrong_everywhere(case: Case) -> Verdict:
    names = ["x", *case.architecture.parameter_shapes]
    return Verdict(
        tuple(
            Comparison(n, "complex_step", "disagree", "", (0,), 2.0, 1.0, 1.0, 1e-16, 1e-16)
            for n in names
        )
    )
