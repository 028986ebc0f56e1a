"""The built site: what a reader sees of a page, where its links lead, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import clinometer
from tests.web.browser import Browser

SITE = Path(__file__).parents[2] / "docs" / "_build"
ELSEWHERE = ("https://", "http://", "mailto:")
#: What a browser fetches by itself, and not only when a reader asks for it.
FETCHED = {"link", "script", "img", "iframe", "source", "object", "embed"}

pytestmark = pytest.mark.skipif(
    not (SITE / "index.html").exists(), reason="the site is not built: run `nox -s docs`"
)


class Page(HTMLParser):
    """The anchors of a page, and what it links to or fetches, with the element that does."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.targets: list[tuple[str, str]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            if name in ("href", "src", "data") and value:
                self.targets.append((tag, value))


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    """All of them."""
    return {path: Page(path) for path in SITE.rglob("*.html")}


def _missing(path: Path, target: str, pages: dict[Path, Page]) -> Iterator[str]:
    """The target, unless it is there."""
    parts = urlsplit(target)
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    anchor = unquote(parts.fragment)
    if not there.exists() or (anchor and there in pages and anchor not in pages[there].anchors):
        yield f"{path.relative_to(SITE)} -> {target}"


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    """To a file that is there and to an anchor in it; those to other sites are not followed."""
    local = [
        (path, target)
        for path, page in pages.items()
        for _, target in page.targets
        if not target.startswith((*ELSEWHERE, "data:"))
    ]
    assert len(local) > 1000
    assert not [text for path, target in local for text in _missing(path, target, pages)]


def test_no_page_fetches_anything_from_elsewhere(pages: dict[Path, Page]) -> None:
    """Neither scripts nor styles nor pictures."""
    fetched = [(tag, target) for p in pages.values() for tag, target in p.targets if tag in FETCHED]
    assert fetched
    assert not [target for _, target in fetched if target.startswith((*ELSEWHERE, "//"))]


def test_a_lesson_is_shown_with_its_formulas(browser: Browser) -> None:
    """Its heading, and a fraction that is drawn as one; no request leaves the site."""
    opened = browser.open(SITE / "lessons" / "chain.html", java_script_enabled=True)
    assert opened.text("h1").startswith("The chain of single neurons")
    text = opened.text("article")
    assert "\\frac" not in text
    fraction = opened.page.locator("math mfrac").first
    above, below = (part.bounding_box() for part in fraction.locator("> *").all())
    assert above["y"] + above["height"] <= below["y"] + 1
    assert "∂" in fraction.text_content()
    assert opened.requests
    assert all(address.startswith(SITE.as_uri()) for address in opened.requests)


def test_formulas_between_dollars_are_formulas(browser: Browser) -> None:
    """On the page on adding a layer."""
    opened = browser.open(SITE / "adding_a_layer.html")
    assert opened.page.locator("math").count() == 5
    assert "$" not in opened.text("article")


def test_pictures_are_drawn_and_described(browser: Browser) -> None:
    """Each has its words."""
    opened = browser.open(SITE / "lessons" / "salary.html")
    pictures = opened.page.locator("article img").all()
    assert pictures
    for picture in pictures:
        assert picture.get_attribute("alt")
        assert picture.bounding_box()["height"] > 100


def test_every_public_name_has_its_docstring_on_the_site() -> None:
    """Those of `clinometer`, where they are defined."""
    files = pytest.importorskip("sphinx.util.inventory").InventoryFile
    inventory = files.loads((SITE / "objects.inv").read_bytes(), uri="")
    documented = {name for kind, names in inventory.data.items() for name in names}
    for name in set(clinometer.__all__) - {"__version__"}:
        public = getattr(clinometer, name)
        assert f"{public.__module__}.{public.__qualname__}" in documented
