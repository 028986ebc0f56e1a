"""The record of a run: JSON lines, the first of which is the run and each other one a row of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any

import click

from benchmarks import report
from benchmarks.gradients import Protocol
from benchmarks.suite import Row, Skipped
from clinometer.errors import InvalidInput
from clinometer.report.document import write_whole

SCHEMA_VERSION = 4
TITLE = "Gradients side by side"
#: Each field of a row, in words.
MEANINGS = {
    "workload": "the name of the network and its batch",
    "dtype": "float32 or float64",
    "size": "numbers in the gradient: of all parameters and inputs",
    "operations": "additions and multiplications in matrix products",
    "candidate": "who computes the gradient",
    "baseline": "whose time a speed is relative to",
    "seconds": "processor time of a warm call, the median over the rounds",
    "least_seconds": "the same, the least",
    "wall_seconds": "time on the wall of a warm call, the median over the rounds",
    "least_wall_seconds": "the same, the least",
    "speed": "how many times as fast as the baseline, the median over the rounds",
    "low": "the lower end of its 95 % bootstrap interval",
    "high": "the upper end",
    "floor": "how far the baseline strays from itself, as a ratio of at least 1",
    "tie": "true where the speed lies within the floor",
    "of_skeleton": "time of the same matrix products alone in NumPy, as a part of the time",
    "of_peak": "operations a second, as a part of those of one large product in the same rounds",
    "balance": "operations of a large product in the time in which memory copies a byte",
    "first_call_seconds": "time on the wall of the first call, which compiles where one does",
    "error": "the largest beside the reference in float64, as a part of its array's largest number",
    "memory_bytes": "what its process held at most in the second call beyond that before the first",
    "allocated_bytes": "what a warm call has asked for and not yet given back, at its peak",
    "allocations": "requests of a warm call for a kilobyte or more",
}
KINDS = {"str": str, "float": float | int, "int": int, "bool": bool, "None": NoneType}
#: The time and the load of a run, which are no matter of where it ran.
PASSING = ("measured", "load", "load_at_end")
#: Libraries whose versions are there where they are installed.
OPTIONAL = ("torch", "jax", "autograd", "numba", "memray")
#: What the surroundings hold beside those, in words.
SURROUNDINGS = {
    "measured": "when the run began, in UTC",
    "cpu": "the processor",
    "cores": "how many it has",
    "load": "the load of the minute before the first workload",
    "load_at_end": "that of the minute before the end of the last",
    "python": "its version, as are those of the libraries",
    "numpy": "its version",
    "clinometer": "its version",
    "blas": "the library of matrix products that NumPy uses, its version and its kernels",
    "threads": "how many it has",
    "commit": "the commit of the working tree",
    "date": "that commit's",
    "changed": "true where files differ from the commit",
}
JSON_TYPES = {"str": "string", "float": "number", "int": "integer", "bool": "boolean"}


@dataclass(frozen=True)
class Run:
    """The machine with its libraries, how long was timed, the rows, and what has none."""

    surroundings: Mapping[str, Any]
    protocol: Protocol
    rows: Sequence[Row]
    skipped: Sequence[Skipped] = ()


def write(run: Run, path: Path) -> None:
    """The lines of a run."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "surroundings": dict(run.surroundings),
        "protocol": asdict(run.protocol),
        "skipped": [asdict(one) for one in run.skipped],
    }
    lines = [json.dumps(line) + "\n" for line in (head, *map(asdict, run.rows))]
    write_whole(path, "".join(lines))


def read(path: Path) -> Run:
    """A run from its lines. Raises InvalidInput for what is none, or of another version."""
    try:
        head, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        version = head["schema_version"]
        if version == SCHEMA_VERSION:
            return _run(head, rows)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{path} is no record of a run; give a side_by_side.jsonl") from error
    raise InvalidInput(
        f"{path} is a record of version {version}; measure again for version {SCHEMA_VERSION}"
    )


def _run(head: Mapping[str, Any], rows: Sequence[Any]) -> Run:
    """Raises ValueError, TypeError or KeyError where a line is not what its schema says."""
    for found, of in [(head["protocol"], Protocol), *((row, Row) for row in rows)]:
        require(found, of)
    return Run(
        dict(head["surroundings"]),
        Protocol(**head["protocol"]),
        [Row(**row) for row in rows],
        [Skipped(**one) for one in head["skipped"]],
    )


def require(found: Mapping[str, Any], of: Any, names: Collection[str] = ()) -> None:
    """Raises KeyError where one of these fields is missing, TypeError where one is no such."""
    types = {field.name: str(field.type) for field in fields(of)}
    for name in names or found:
        if not isinstance(found[name], tuple(KINDS[kind] for kind in types[name].split(" | "))):
            raise TypeError(f"{name} is {found[name]!r}")


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


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    text = {"type": ["string"]}
    skipped = dict.fromkeys((field.name for field in fields(Skipped)), text)
    run = {
        "schema_version": {"const": SCHEMA_VERSION},
        "surroundings": _surroundings(),
        "protocol": _object(_fields(Protocol)),
        "skipped": {"type": ["array"], "items": _object(skipped)},
    }
    row = {n: kind | {"description": MEANINGS[n]} for n, kind in _fields(Row).items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{TITLE}: a line",
        "anyOf": [{"$ref": "#/$defs/run"}, {"$ref": "#/$defs/row"}],
        "$defs": {"run": _object(run), "row": _object(row)},
    }


def table() -> str:
    """The fields of a row with their words, as Markdown."""
    return report.markdown_grid(
        ("field", "what it is"), [(f"`{n}`", words) for n, words in MEANINGS.items()]
    )


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """With these properties and no others."""
    return {
        "type": ["object"],
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _surroundings() -> dict[str, Any]:
    """The machine and its libraries, of which some need not be there."""
    optional = {name: {"type": ["string"], "description": "its version"} for name in OPTIONAL}
    known = {name: {"description": words} for name, words in SURROUNDINGS.items()}
    return {
        "type": ["object"],
        "description": "the machine and its libraries",
        "properties": known | optional,
        "required": list(known),
    }


def _fields(of: Any) -> dict[str, dict[str, Any]]:
    """The fields of a dataclass, with their types."""
    return {
        f.name: {"type": [JSON_TYPES.get(kind, "null") for kind in str(f.type).split(" | ")]}
        for f in fields(of)
    }
