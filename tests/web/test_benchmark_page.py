"""The page of a benchmark in a real browser: on every screen, on paper, and told in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import history
from benchmarks.pages import whole
from tests.benchmarks import runs
from tests.web.browser import Browser


@pytest.fixture(scope="module", params=["run", "history"])
def benchmark(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run of the whole suite, and of a history of three."""
    path = tmp_path_factory.mktemp("benchmark") / "page.html"
    if request.param == "run":
        text = whole.of_run(runs.whole())
    else:
        several = [runs.run(speed, commit=f"{speed}" * 8) for speed in (1.5, 2.0, 2.5)]
        text = history.of_history([line for run in several for line in history.lines(run)])
    path.write_text(text, encoding="utf-8")
    return path


def test_it_asks_nobody_for_anything(browser: Browser, benchmark: Path) -> None:
    """It is all that is loaded."""
    assert browser.open(benchmark, java_script_enabled=True).requests == [benchmark.as_uri()]


def test_every_plot_is_drawn_named_and_told_in_words(browser: Browser, benchmark: Path) -> None:
    """Each line of it, and each line of its legend."""
    figures = browser.open(benchmark).page.locator("figure").all()
    assert figures
    for figure in figures:
        picture = figure.locator("svg")
        assert picture.bounding_box()["height"] > 300
        assert picture.locator("title").text_content()
        assert picture.locator("polyline, circle").count() >= 2
        assert figure.locator("figcaption").inner_text() == picture.locator("desc").text_content()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1200])
def test_nothing_is_cut_off_on_any_screen(
    browser: Browser, benchmark: Path, mode: Any, width: int
) -> None:
    """The page is as wide as its window; the plots' paper and ink are those of the mode."""
    window = {"width": width, "height": 800}
    page = browser.open(
        benchmark, color_scheme=mode, viewport=window, java_script_enabled=True
    ).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (_light(page, ".paper", "fill") < _light(page, "text.ink", "fill")) == (mode == "dark")


def test_on_paper_it_is_dark_on_light(browser: Browser, benchmark: Path) -> None:
    """Whatever the screen is."""
    page = browser.open(benchmark, color_scheme="dark", java_script_enabled=True).page
    page.emulate_media(media="print")
    assert _light(page, "text.ink", "fill") < 200
    assert _light(page, ".paper", "fill") > 600


def _light(page: Any, selector: str, what: str) -> int:
    """From 0 for black to 765 for white."""
    colour = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{what}")
    return sum(map(int, colour.strip("rgb()").split(",")))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_auditor_of_accessibility_objects_to_nothing(
    browser: Browser, benchmark: Path, mode: Any
) -> None:
    """With all that is folded laid open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browser.open(benchmark, color_scheme=mode, java_script_enabled=True).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = axe.run(page)
    assert len(found.response["passes"]) > 20
    assert not found.response["violations"], found.generate_report()
