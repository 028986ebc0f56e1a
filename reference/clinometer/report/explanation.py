"""Where a gradient is wrong and why, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clinometer.bisection import Located
from clinometer.diagnosis import Diagnosis

#: As many mistakes are told of an array.
TOLD = 3


def mistakes(diagnoses: Sequence[Diagnosis]) -> str:
    """Those that would explain it, the likeliest first."""
    return " — or ".join(map(str, diagnoses[:TOLD])) or "no known mistake fits"


def located(found: Located) -> Iterator[str]:
    """What was found by halving the array."""
    for e in found.elements:
        alone = f"{e.reference:.10g} ± {e.uncertainty:.1g} by a difference along it alone"
        yield f"element {list(e.index)} is {e.on_trial:.10g} on trial, {alone}"
    if found.block:
        first, last = map(list, found.block)
        among = "all over the array" if found.whole else f"between {first} and {last}"
        yield f"more elements are wrong than can be named, {among}"
    elif not found.explained:
        yield "what else the probes saw is too close to their uncertainty to be traced"
