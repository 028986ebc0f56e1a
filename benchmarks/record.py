"""The record of a run: JSON lines, of which the first is the run and each other a part of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, TypeAlias, TypeVar

import click

from benchmarks import report
from benchmarks.campaign import Rate
from benchmarks.differences import Difference
from benchmarks.gradients import Protocol
from benchmarks.large import Found
from benchmarks.loops import Point
from benchmarks.suite import Row, Skipped
from clinometer.errors import InvalidInput
from clinometer.report.document import write_whole

Line: TypeAlias = Row | Point | Difference | Found | Rate
L = TypeVar("L")

SCHEMA_VERSION = 5
TITLE = "Gradients side by side"
#: What a line holds, but for the first one, by what it says that it is.
LINES: dict[str, type[Line]] = {
    "gradient": Row,
    "loop": Point,
    "difference": Difference,
    "wrong element": Found,
    "campaign": Rate,
}
KINDS = {"str": str, "float": float | int, "int": int, "bool": bool, "None": NoneType}
#: The time and the load of a run, which are no matter of where it ran.
PASSING = ("measured", "load", "load_at_end")
#: Libraries whose versions are there where they are installed.
OPTIONAL = ("torch", "jax", "autograd", "numba", "memray")


@dataclass(frozen=True)
class Run:
    """The machine with its libraries, how long was timed, the lines, and what has none."""

    surroundings: Mapping[str, Any]
    protocol: Protocol
    lines: Sequence[Line]
    skipped: Sequence[Skipped] = ()

    @property
    def rows(self) -> list[Row]:
        """The gradients side by side."""
        return self.of(Row)

    def of(self, kind: type[L]) -> list[L]:
        """The lines of a kind."""
        return [line for line in self.lines if isinstance(line, kind)]


def write(run: Run, path: Path) -> None:
    """The lines of a run."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "surroundings": dict(run.surroundings),
        "protocol": asdict(run.protocol),
        "skipped": [asdict(one) for one in run.skipped],
    }
    kinds = {kind: name for name, kind in LINES.items()}
    lines = [{"kind": kinds[type(line)], **asdict(line)} for line in run.lines]
    write_whole(path, "".join(json.dumps(line) + "\n" for line in (head, *lines)))


def read(path: Path) -> Run:
    """A run from its lines. Raises InvalidInput for what is none, or of another version."""
    try:
        head, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        version = head["schema_version"]
        if version == SCHEMA_VERSION:
            return _run(head, lines)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{path} is no record of a run; give a side_by_side.jsonl") from error
    raise InvalidInput(
        f"{path} is a record of version {version}; measure again for version {SCHEMA_VERSION}"
    )


def _run(head: Mapping[str, Any], lines: Sequence[dict[str, Any]]) -> Run:
    """Raises ValueError, TypeError or KeyError where a line is not what its schema says."""
    require(head["protocol"], Protocol)
    return Run(
        dict(head["surroundings"]),
        Protocol(**head["protocol"]),
        [_line(**line) for line in lines],
        [Skipped(**one) for one in head["skipped"]],
    )


def _line(kind: str, **found: Any) -> Line:
    of = LINES[kind]
    require(found, of)
    several = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
    return of(**found | several)


def require(found: Mapping[str, Any], of: Any, names: Collection[str] = ()) -> None:
    """Raises KeyError where one of these fields is missing, TypeError where one is no such."""
    types = {field.name: str(field.type) for field in fields(of)}
    for name in names or found:
        if not any(_is(found[name], kind) for kind in types[name].split(" | ")):
            raise TypeError(f"{name} is {found[name]!r}")


def _is(value: Any, kind: str) -> bool:
    """Whether what JSON holds is of a type, or a list of numbers of a type."""
    if several := of_several(kind):
        return isinstance(value, list) and all(_is(item, several) for item in value)
    return isinstance(value, KINDS[kind])


def of_several(kind: str) -> str:
    """The type of the items of a tuple; nothing where it is none."""
    return kind[len("tuple[") : -len(", ...]")] if kind.startswith("tuple[") else ""


def differing(
    old: Mapping[str, Any], new: Mapping[str, Any], expected: Collection[str]
) -> list[str]:
    """The facts of two surroundings that differ, but for those of which that is expected."""
    names = [name for name in {**old, **new} if name not in expected]
    found = [(n, old.get(n, report.UNKNOWN), new.get(n, report.UNKNOWN)) for n in names]
    return [f"{name} was {before} and is {now}" for name, before, now in found if before != now]


def of_option(context: click.Context, parameter: click.Parameter, path: Path | None) -> Run | None:
    """The run that an option or an argument names."""
    try:
        return read(path) if path else None
    except InvalidInput as error:
        raise click.BadParameter(str(error)) from error
