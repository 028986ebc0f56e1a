"""Pages of HTML that need nothing from elsewhere: one frame, filled with parts.

A page is legible without scripts, on light and on dark screens and in print. Its parts are
paragraphs (plain strings), tables, pictures, text to copy, parts that are folded away, and sections
of parts. All text is escaped; headings have the order in which sections lie in each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from clinometer.comparison import Status
from clinometer.report.notebook import BACKGROUNDS, SIGNS


@dataclass(frozen=True)
class Bar:
    """A number in words and as a bar, both from 0 to 1: its length, and a line across its track."""

    words: str
    length: float
    line: float


Cell: TypeAlias = str | Bar


@dataclass(frozen=True)
class Table:
    """Rows of text under headings: of columns of words, then of columns of numbers.

    The first cell of a row is its heading. A cell that is a status gets its sign and its colour.
    """

    kind: ClassVar[str] = "table"
    caption: str
    names: Sequence[str]
    numbers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """An SVG, which has escaped its own texts, and what it shows in words."""

    kind: ClassVar[str] = "picture"
    svg: str
    caption: str

    @property
    def markup(self) -> Markup:
        """The one thing that is let through as it is."""
        return Markup(self.svg)  # noqa: S704


@dataclass(frozen=True)
class Copyable:
    """Text that one click selects whole."""

    kind: ClassVar[str] = "copyable"
    label: str
    text: str


@dataclass(frozen=True)
class Folded:
    """Parts behind a line that opens them."""

    kind: ClassVar[str] = "folded"
    line: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Section:
    """Parts under a heading."""

    kind: ClassVar[str] = "section"
    heading: str
    parts: Sequence[Part]


Part: TypeAlias = str | Table | Picture | Copyable | Folded | Section


def page(title: str, status: Status | None, parts: Sequence[Part]) -> str:
    """A whole page: its title, the status that it comes to, if any, and its parts.

    Sections directly below the title are named in a list at its head, where there are several.
    """
    sections = [part for part in parts if isinstance(part, Section)]
    return _template().render(title=title, status=status, parts=parts, sections=sections)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("clinometer.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"signs": SIGNS, "backgrounds": BACKGROUNDS}
    return environment.get_template("page.html")
