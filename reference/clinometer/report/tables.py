"""Tables for a terminal: what all reports have in common."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from clinometer.comparison import Status

COLOURS: dict[Status, str] = {"agree": "green", "disagree": "bold red", "inconclusive": "yellow"}


def new_table(title: str, names: Sequence[str], *numbers: str) -> Table:
    """A table with left-aligned columns of names and right-aligned ones of numbers."""
    table = Table(
        title=title,
        title_justify="left",
        pad_edge=False,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def coloured(text: str, status: Status | None) -> str:
    """The text in the status's colour, if there is one."""
    return f"[{COLOURS[status]}]{text}[/]" if status else text
