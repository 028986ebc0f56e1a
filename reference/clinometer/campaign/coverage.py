"""What the random networks of a run have exercised, with counts, and what they have not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clinometer.architecture import LAYERS, LOSSES, PENALTIES, Case
from clinometer.architecture.candidates import SAMPLES, Pair, candidates, fitting, neighbours, pairs
from clinometer.architecture.description import Description
from clinometer.architecture.layers.parallel import JOINS
from clinometer.architecture.strategies import VALUES

#: So many cases are to leave no hole.
COMPLETE = 2000
NO_PENALTY = "none"
EXTRAS: Mapping[str, Callable[[Case], bool]] = {
    "shared parameters": lambda case: bool(case.architecture.shared),
    "a point along a training": lambda case: case.parameters is not None,
    "a batch of one": lambda case: case.batch == 1,
    "a batch of more": lambda case: case.batch > 1,
}


@dataclass(frozen=True)
class Coverage:
    """How often each thing that there is occurred, by what kind of thing it is."""

    counts: Mapping[str, Mapping[str, int]]

    @property
    def holes(self) -> list[str]:
        """What never occurred."""
        return [
            f"{heading}: {name}"
            for heading, counted in self.counts.items()
            for name, count in counted.items()
            if not count
        ]


def coverage(cases: Iterable[Case], dtypes: Sequence[str]) -> Coverage:
    """Of these cases, which were drawn in those dtypes."""
    seen: Counter[tuple[str, str]] = Counter()
    for case in cases:
        seen.update(set(_things(case)))  # once a case
    return Coverage(
        {
            heading: {name: seen[heading, name] for name in names}
            for heading, names in _expected(dtypes).items()
        }
    )


def _things(case: Case) -> Iterator[tuple[str, str]]:
    architecture = case.architecture
    for _, layer, _ in architecture.walk():
        yield "layers", layer.kind
        if layer.branch_layers():
            yield "joins", layer.settings["join"]
        else:
            yield from (("settings", text) for text in _settings(layer))
    yield from (("neighbours", _pair(pair)) for pair in neighbours(architecture.layers))
    yield "losses", architecture.loss.kind
    yield from (("settings", text) for text in _settings(architecture.loss))
    if architecture.penalty:
        yield from (("settings", text) for text in _settings(architecture.penalty))
    yield "penalties", architecture.penalty.kind if architecture.penalty else NO_PENALTY
    yield "dtypes", case.dtype
    yield "values", case.values
    yield from (("extras", name) for name, holds in EXTRAS.items() if holds(case))


def _expected(dtypes: Sequence[str]) -> dict[str, list[str]]:
    shapes = [shape for several in SAMPLES for shape in several]
    plain = [kind for kind in LAYERS if kind != "parallel"]
    described = [
        *(layer for kind in plain for shape in shapes for layer in candidates(kind, shape)),
        *(loss for kind in LOSSES.values() for shape in shapes for loss in fitting(kind, shape)),
        *(penalty for kind in PENALTIES.values() for penalty in fitting(kind, shapes[0])),
    ]
    return {
        "layers": list(LAYERS),
        "joins": list(JOINS),
        "losses": list(LOSSES),
        "penalties": [NO_PENALTY, *PENALTIES],
        "dtypes": list(dtypes),
        "values": sorted(set(VALUES)),
        "extras": list(EXTRAS),
        "settings": list(dict.fromkeys(text for d in described for text in _settings(d))),
        "neighbours": [_pair(pair) for pair in pairs()],
    }


def _settings(described: Description) -> Iterator[str]:
    """Each setting with its value; of a shape, which depends on the samples, the number of axes."""
    for name, value in described.settings.items():
        seen = f"of {len(value)} axes" if name == "shape" else value
        yield f"{described.kind} {name} {seen}"


def _pair(pair: Pair) -> str:
    return " → ".join(pair)
