"""The JSON Schema of a record's lines, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from benchmarks import report
from benchmarks.gradients import Protocol
from benchmarks.record import LINES, OPTIONAL, SCHEMA_VERSION, TITLE, of_several
from benchmarks.suite import Skipped

#: Each field of a line, in words.
MEANINGS = {
    "kind": "gradient, loop, difference, wrong element or campaign",
    "workload": "the network and its batch, or its place on a curve",
    "dtype": "float32, float64 or all",
    "candidate": "who computes the gradient, or judges",
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
    "size": "numbers in the gradient: of all parameters and inputs",
    "operations": "additions and multiplications in matrix products",
    "of_skeleton": "time of the same matrix products alone in NumPy, as a part of the time",
    "of_peak": "operations a second, as a part of those of one large product in the same rounds",
    "balance": "operations of a large product in the time in which memory copies a byte",
    "first_call_seconds": "time on the wall of the first call, which compiles where one does",
    "error": "the largest beside the reference, as a part of its array's largest number",
    "memory_bytes": "what its process held at most in the second call beyond that before the first",
    "allocated_bytes": "what a warm call has asked for and not yet given back, at its peak",
    "allocations": "requests of a warm call for a kilobyte or more",
    "activation": "of the hidden layers",
    "resolution": "the largest uncertainty, as a part of its array's largest number",
    "excess": "the largest error in units of its own uncertainty",
    "evaluations": "of the function, by one call; of a campaign, by a case in the mean",
    "along": "what grows along the curve: batch, width or depth",
    "grown": "how large that is",
    "network": "the widths from the input to the output, or the width and the number of layers",
    "batch": "the number of samples",
    "parameters": "numbers in the network's parameters",
    "relative": "by which part of itself an element was made wrong",
    "tried": "how many elements were, one at a time",
    "exact": "how many of them were found, and nothing else with them",
    "promised": "how many had to be found",
    "kept": "how many of these were",
    "fewest": "evaluations of the function that one took, all in all",
    "most": "the most that one took",
    "cases": "random networks that were judged",
    "judged": "those on which an oracle has said something",
    "case_seconds": "processor time of each case",
}
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
JSON_TYPES = {
    "str": "string", "float": "number", "int": "integer", "bool": "boolean", "None": "null",
}  # fmt: skip


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
    parts = {"run": _object(run)} | {kind: _line(kind) for kind in LINES}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{TITLE}: a line",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in parts],
        "$defs": parts,
    }


def _line(kind: str) -> dict[str, Any]:
    """A line of that kind."""
    told = {name: of | {"description": MEANINGS[name]} for name, of in _fields(LINES[kind]).items()}
    return _object({"kind": {"const": kind, "description": MEANINGS["kind"]}} | told)


def table() -> str:
    """The fields with their words and the kinds of lines that have them, as Markdown."""
    of = {kind: ["kind", *_fields(line)] for kind, line in LINES.items()}
    lines = [
        (f"`{name}`", _those([kind for kind, names in of.items() if name in names]), words)
        for name, words in MEANINGS.items()
    ]
    return report.markdown_grid(("field", "lines", "what it is"), lines)


def _those(kinds: list[str]) -> str:
    """Kinds of lines in few words."""
    others = [kind for kind in LINES if kind not in kinds]
    return ", ".join(kinds) if len(others) > 1 else f"all but {others[0]}" if others else "all"


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
    return {f.name: _type(str(f.type)) for f in fields(of)}


def _type(kind: str) -> dict[str, Any]:
    if several := of_several(kind):
        return {"type": ["array"], "items": _type(several)}
    return {"type": [JSON_TYPES[one] for one in kind.split(" | ")]}
