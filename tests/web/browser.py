"""A browser that opens pages as a reader who allows no scripts, and notes what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What Debian and others call it; Playwright's own is taken where none of these is there.
NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "no browser is found: install Debian's chromium, or run `playwright install chromium`"


@dataclass(frozen=True)
class Opened:
    """A page as it is shown, and the addresses that it has asked for."""

    page: Any
    requests: list[str]

    def text(self, selector: str) -> str:
        """What a reader sees of the first such element."""
        return str(self.page.locator(selector).first.inner_text())


@dataclass(frozen=True)
class Browser:
    """Opens files."""

    chromium: Any

    def open(self, path: Path, **settings: Any) -> Opened:
        """In a window of its own: `settings` such as colour scheme and size are Playwright's."""
        context = self.chromium.new_context(**{"java_script_enabled": False, **settings})
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.goto(path.as_uri(), wait_until="networkidle")
        return Opened(page, requests)
