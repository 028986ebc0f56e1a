"""Where a gradient is wrong: each part of the network on trial by itself.

A wrong backward pass spoils every gradient upstream of it, so the arrays that disagree do not
yet say which layer is to blame. But a layer can be a network of its own: the one that
disagrees alone is the one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, cycle, islice

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers import Layer
from clinometer.architecture.layers.activations import Identity, Sigmoid, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import Parallel
from clinometer.architecture.layers.shapes import Flatten
from clinometer.architecture.losses import Outputs, SumSquaredError
from clinometer.campaign.explaining import weighted
from clinometer.campaign.run import examine
from clinometer.estimate import Oracle
from clinometer.registry import Subject

#: Branches for a join by itself: were they alike, nobody would see one in another's place.
UNLIKE = ((), (Tanh(),), (Sigmoid(),))

#: How many times as large cotangents show what is wrong for large ones, whatever the layer.
LOUD = 64.0
#: What numbers pass to have all digits.
FRONT = (Tanh(),)


@dataclass(frozen=True)
class Blame:
    """A part that is wrong by itself: its kind, and the arrays whose gradients are wrong."""

    subject: str
    kind: str
    arrays: tuple[str, ...]

    def __str__(self) -> str:
        part = f"{self.subject} {self.kind}"
        return f"{part}: {', '.join(self.arrays)}" if self.arrays else part


def localise(
    case: Case, subject: str, maker: Subject, oracles: Mapping[str, Oracle]
) -> dict[Blame, Case]:
    """The parts of the case's architecture that disagree alone, each kind once, with the part.

    As the oracles for a quick look see it. Where extreme numbers leave a part by itself no slope,
    ordinary ones may show what is wrong.
    """
    points = [case]
    if case.values == "extreme":
        points.append(replace(case, values="continuous", parameters=None))
    found = (_localised(at, subject, maker, lambda a: cheap(oracles, a.size)) for at in points)
    return next(filter(None, found), {})


def localise_thoroughly(
    case: Case, subject: str, maker: Subject, oracles: Mapping[str, Oracle]
) -> dict[Blame, Case]:
    """The same as all oracles see it but the costly ones, and at other numbers if need be.

    What is wrong only where numbers are equal, or zero, may not be so in the part alone. Nor may
    what keeps too few digits, for which the numbers of a case are too short: those that come out of
    another layer are not.
    """
    steady = {name: oracle for name, oracle in oracles.items() if oracle.STRIDE == 1}
    elsewhere = [
        replace(case, values=values, seed=case.seed + number, parameters=None)
        for number, values in ((1, "grid"), (2, "grid"), (1, "continuous"))
        if case.values != "iris"
    ]
    tries = [(at, False) for at in (case, *elsewhere)] + [(case, True)]
    found = (_localised(at, subject, maker, lambda alone: steady, behind) for at, behind in tries)
    return next(filter(None, found), {})


def _localised(
    case: Case,
    subject: str,
    maker: Subject,
    asked: Callable[[Case], Mapping[str, Oracle]],
    behind: bool = False,
) -> dict[Blame, Case]:
    """By what each part is alone, or `behind` a layer that is right where it stands alone."""

    def lone(architecture: Architecture) -> Case:
        values = "continuous" if case.values == "iris" else case.values
        return replace(case, architecture=architecture, values=values, parameters=None)

    @cache
    def wrong(architecture: Architecture) -> list[str]:
        return disagreeing(lone(architecture))

    def disagreeing(alone: Case) -> list[str]:
        verdict = examine(alone, {subject: maker}, asked(alone)).verdicts[subject]
        names = [name for name, status in verdict.arrays.items() if status == "disagree"]
        return [short(name) for name in names]

    def loud(architecture: Architecture) -> bool:
        alone = lone(architecture)
        return bool(disagreeing(weighted(alone, LOUD * alone.cotangent())))

    nothing = Architecture(case.architecture.outputs, (Identity(),), Outputs())
    if (arrays := wrong(nothing)) and not wrong(replace(nothing, loss=SumSquaredError())):
        # which every part alone ends in
        return {Blame(subject, Outputs.kind, tuple(arrays)): lone(nothing)}
    if all(map(loud, (nothing, replace(nothing, layers=(Flatten(),))))):
        return {}  # no part, but what all of them share
    blames: dict[str, tuple[Blame, Case]] = {}
    for part in _parts(case.architecture, FRONT if behind else ()):
        carried = wrong(part.carrier) if part.carrier else []
        if part.carrier:  # what is wrong in the second call only is so by itself
            carried += [a for layer in part.carrier.layers for a in _blamed(blames, layer)]
        if arrays := [name for name in wrong(part.architecture) if name not in carried]:
            blame = Blame(subject, part.kind, tuple(arrays))
            blames[part.kind] = blame, lone(part.architecture)
    return dict(blames.values())


def _blamed(blames: Mapping[str, tuple[Blame, Case]], layer: Layer) -> tuple[str, ...]:
    """The arrays of a layer that are blamed already."""
    return blames[called(layer)][0].arrays if called(layer) in blames else ()


def called(layer: Layer) -> str:
    """What a layer is called as a part: its kind, and of a block how it joins."""
    return f"{layer.kind} ({layer.join})" if isinstance(layer, Parallel) else layer.kind


def short(array: str) -> str:
    """What an array of a part alone is called."""
    return "input" if array == "x" else array.rpartition(".")[2]


def cheap(oracles: Mapping[str, Oracle], size: int) -> dict[str, Oracle]:
    """The oracles for a quick look: those that are neither costly nor made of differences.

    All of them where none of those is made for problems of that size.
    """
    quick = {n: o for n, o in oracles.items() if o.STRIDE == 1 and o.NATURE != "difference"}
    return quick if any(size in o.SIZES for o in quick.values()) else dict(oracles)


@dataclass(frozen=True)
class _Part:
    """A part as an architecture, and what of it is not the part, where it needs a carrier."""

    kind: str
    architecture: Architecture
    carrier: Architecture | None = None


def _parts(architecture: Architecture, front: tuple[Layer, ...]) -> Iterator[_Part]:
    """Every layer, every join, the loss and the penalty, each by itself; layers behind others."""
    for _, layer, shape in architecture.walk():
        if isinstance(layer, Parallel):
            join = replace(layer, branches=tuple(islice(cycle(UNLIKE), len(layer.branches))))
            carrier = Architecture(shape, tuple(chain.from_iterable(UNLIKE)), Outputs())
            whole = Architecture(shape, (join,), Outputs())
            yield _Part(called(layer), whole, carrier)
        elif front and layer.tokens is None:
            carrier = Architecture(shape, front, Outputs())
            whole = Architecture(shape, (*front, layer), Outputs())
            yield _Part(called(layer), whole, carrier)
        else:
            yield _Part(called(layer), Architecture(shape, (layer,), Outputs()))
    loss, penalty = architecture.loss, architecture.penalty
    carrier = Architecture(architecture.outputs, (Identity(),), Outputs())
    yield _Part(loss.kind, replace(carrier, loss=loss), carrier)
    if penalty:
        carrier = Architecture((2,), (Dense(3),), Outputs())
        yield _Part(penalty.kind, replace(carrier, penalty=penalty), carrier)
