"""A verdict as HTML for a notebook, legible on a light background and on a dark one.

It needs nothing from elsewhere. Text has the notebook's own colour on its own background; only a
status brings a colour, as a background with white text on it, and always with a sign and a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from clinometer.comparison import Status

SIGNS: dict[Status, str] = {"agree": "✓", "disagree": "✗", "inconclusive": "?"}
#: White text on them has a contrast of 4.5 at least, as WCAG 2 asks for at its level AA.
BACKGROUNDS: dict[Status, str] = {
    "agree": "#1a7f37",
    "disagree": "#cf222e",
    "inconclusive": "#8a5a00",
}
#: Pages that declare no type of document have tables inherit nothing unless told to.
_TABLE = (
    "color: inherit; font: inherit; font-variant-numeric: tabular-nums; border-collapse: collapse"
)
_RULE = "border-bottom: 1px solid rgba(128, 128, 128, 0.4)"
_LEFT, _RIGHT = (
    f"text-align: {side}; padding: 0.2em 1em 0.2em 0; white-space: nowrap; {_RULE}"
    for side in ("left", "right")
)


def verdict(
    title: str,
    status: Status,
    names: Sequence[str],
    numbers: Sequence[str],
    rows: Iterable[tuple[str, Status, *tuple[str, ...]]],
    lines: Iterable[str],
) -> str:
    """A title, a table of arrays and lines of text; whatever the user named is escaped.

    Args:
        title: has the word for the status in it.
        status: of the whole.
        names: headings of columns of words.
        numbers: headings of the columns of numbers after those.
        rows: a name, its status, and the cells of the other columns.
        lines: what stands below.
    """
    styles = [_LEFT] * len(names) + [_RIGHT] * len(numbers)
    head = _row("th", [escape(n) for n in (*names, *numbers)], styles)
    body = "".join(
        _row("td", [escape(n), _badge(s, f" {s}"), *map(escape, cells)], styles)
        for n, s, *cells in rows
    )
    notes = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return (
        '<div style="overflow-x: auto">'
        f"<p>{_badge(status)} <strong>{escape(title)}</strong></p>"
        f'<table style="{_TABLE}">'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
        + (f"<ul>{notes}</ul>" if notes else "")
        + "</div>"
    )


def _badge(status: Status, word: str = "") -> str:
    style = f"color: #ffffff; background: {BACKGROUNDS[status]}; padding: 0 0.4em"
    return f'<span style="{style}; border-radius: 0.3em">{SIGNS[status]}{word}</span>'


def _row(tag: str, cells: Sequence[str], styles: Sequence[str]) -> str:
    pairs = zip(cells, styles, strict=True)
    return "<tr>" + "".join(f'<{tag} style="{s}">{c}</{tag}>' for c, s in pairs) + "</tr>"
