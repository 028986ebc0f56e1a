"""How large the errors are, layer by layer: over many cases, and the largest of all of them.

Errors are in units of their uncertainty, so that up to 1 is agreement.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from clinometer.architecture import Architecture, Case
from clinometer.campaign.localisation import called, short
from clinometer.campaign.run import Outcome
from clinometer.comparison import Comparison, Status
from clinometer.verdict import Verdict

INPUT, VALUE = "the network's input", "the function itself"


@dataclass
class Errors:
    """Of one kind of layer: how many arrays have which status, and the largest error."""

    kind: str
    arrays: Counter[Status] = field(default_factory=Counter)
    largest: float = 0.0


@dataclass(frozen=True)
class Worst:
    """The comparison with the largest error of an array of that name, and its case."""

    subject: str
    array: str
    comparison: Comparison
    case: Case


def kinds(architecture: Architecture) -> dict[str, str]:
    """Of each layer by its path."""
    return {path: called(layer) for path, layer, _ in architecture.walk()}


def kind_of(array: str, layers: Mapping[str, str]) -> str:
    """The kind of the layer that an array belongs to, or what else it is."""
    path, _, name = array.rpartition(".")
    return layers[path] if path else INPUT if name == "x" else VALUE


def size(c: Comparison) -> float:
    """The error in units of its uncertainty; infinite where it is none that can be told."""
    return math.inf if math.isnan(c.ratio) else c.ratio


def judged(comparisons: Iterable[Comparison]) -> Iterator[Comparison]:
    """Those that tell by numbers how far off the gradient on trial is."""
    return (
        c
        for c in comparisons
        if c.status != "inconclusive" and c.witness != "contract" and not c.fault
    )


def errors_by_layer(outcomes: Iterable[Outcome]) -> list[Errors]:
    """For each kind of layer, the one with the largest error first."""
    found: dict[str, Errors] = {}
    for case, _, verdict in _verdicts(outcomes):
        layers = kinds(case.architecture)
        for array, status in verdict.arrays.items():
            kind = kind_of(array, layers)
            errors = found.setdefault(kind, Errors(kind))
            errors.arrays[status] += 1
            about = (c for c in judged(verdict.comparisons) if c.array == array)
            errors.largest = max([errors.largest, *map(size, about)])
    return sorted(found.values(), key=lambda errors: -errors.largest)


def worst_errors(outcomes: Iterable[Outcome], count: int) -> list[Worst]:
    """So many of the largest errors, each array of a kind of layer once for each subject."""
    found: dict[tuple[str, str], Worst] = {}
    for case, subject, verdict in _verdicts(outcomes):
        layers = kinds(case.architecture)
        for c in judged(verdict.comparisons):
            kind = kind_of(c.array, layers)
            key = subject, f"{kind}: {short(c.array)}" if "." in c.array else kind
            if key not in found or size(found[key].comparison) < size(c):
                found[key] = Worst(*key, c, case)
    return sorted(found.values(), key=lambda one: -size(one.comparison))[:count]


def _verdicts(outcomes: Iterable[Outcome]) -> Iterator[tuple[Case, str, Verdict]]:
    for outcome in outcomes:
        for subject, verdict in outcome.verdicts.items():
            yield outcome.case, subject, verdict
