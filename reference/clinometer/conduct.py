"""How code on trial conducts itself between calls: the battery, in the names of the problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from clinometer import battery
from clinometer.adapters.objective import split_names
from clinometer.adapters.trial import Trial
from clinometer.comparison import Comparison

#: The array and the witness of a comparison that tells of a function with another value each time.
VARIES = ("value", "state")
CHANCE = "the function gives another value at every call"
#: Numbers that a batch may hold at most; larger ones are left out.
MOST = 10_000_000


def examine(
    trial: Trial, found: Iterable[Comparison], seed: int, explore: bool
) -> tuple[list[Comparison], dict[str, str], dict[str, str]]:
    """What the battery adds to the comparisons found, what it could not try, and what not to try.

    Other numbers of samples are other arguments than those given, so that they are tried only by
    those who explore. A function may take none of them and be right: that nothing was tried there
    is no gap, and comes by itself.
    """
    adapter = trial.implementation
    labels = {name: array for name, array in trial.fixed.items() if array.dtype.kind in "biu"}
    leaves = {n: adapter.native(a) for n, a in {**trial.leaves, **labels}.items()}
    sizes = _batches(trial) if explore else ()
    contract = battery.examine(adapter, leaves, seed, sizes, leaves.keys() - trial.parameters)
    known = {(c.array, _told(c)) for c in found if c.witness == "contract"}
    comparisons = [
        c for c in _renamed(trial, contract.comparisons) if (c.array, _told(c)) not in known
    ]
    return comparisons, _named(contract.untried), _named(contract.not_taken)


def settled(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """The same, where the function gives another value at every call: only the contract stands.

    What differs by chance disagrees with nobody. What raises an error or changes its arguments
    does so in any case.
    """
    found = list(comparisons)
    if not any((c.array, c.witness) == VARIES for c in found):
        return found
    return [
        replace(c, status="inconclusive", reason=c.reason or CHANCE)
        if c.accuses and c.witness != "contract"
        else c
        for c in found
    ]


def _batches(trial: Trial) -> list[int]:
    rows = max((len(a) for a in trial.leaves.values() if a.ndim), default=1)
    return [n for n in battery.BATCHES if n // rows * trial.problem.size <= MOST]


def _renamed(trial: Trial, comparisons: Iterable[Comparison]) -> Iterator[Comparison]:
    """Those of a complex leaf once for each of its two parts."""
    for c in comparisons:
        parts = split_names(c.array) if c.array in trial.objective.complex else (c.array,)
        yield from (replace(c, array=part) for part in parts)


def _told(c: Comparison) -> str:
    """The reason; of an error that was raised, that error, whichever call raised it."""
    return c.reason.rpartition(" raised ")[2]


def _named(sentences: Iterable[str]) -> dict[str, str]:
    """By what could not be tried, why."""
    parts = (sentence.partition(": ") for sentence in sentences)
    return {what: why for what, _, why in parts}
