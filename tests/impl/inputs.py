"""What every kernel's forward pass takes: all modules `inputs_<family>` together."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Example(NamedTuple):
    """A kernel's kind, the arrays that it takes by position, and what it takes by keyword."""

    kind: str
    arrays: list[Any]
    keywords: dict[str, Any]


EXAMPLES = [
    Example(kind, *given)
    for path in sorted(Path(__file__).parent.glob("inputs_*.py"))
    for kind, several in import_module(f"{__package__}.{path.stem}").INPUTS.items()
    for given in several
]
