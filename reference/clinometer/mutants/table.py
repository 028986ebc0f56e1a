"""The table of mistakes, as the files in `data` have it.

A file holds a family of layers. Each entry is `[group.mistake]`, where the group is most often the
kind of a layer, with

    class    the kind of mistake
    why      what somebody thought, or what makes it easy to make
    source   where it has happened, if that is known: repositories' issues and changes
    wrong    the gradients that it spoils: `input`, or parameters; `value`, if it spoils that too
    layers   the layers that it spoils, where that is not the group alone
    named    what the diagnosis may call it, where it knows such a mistake
    blamed   what a verdict is to name, where that is not the layer
    state    true where it is of calls and memory, which one gradient alone does not show
    texts    for each file the text that stands there once, and the text that replaces it

A file that is named after a layer belongs to that layer alone; any other, to all the layers but
those for which the entry has a file of their own beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from clinometer.architecture.layers.parallel import JOINS
from handgrad.kernels import SETS, kinds


@dataclass(frozen=True)
class Mutant:
    """One mistake in one file of `handgrad`.

    Attributes:
        name: the kernel set, the layer and the mistake, such as `looped.dense.bias_averaged`.
        path: the file, seen from `handgrad`.
        right, wrong: the text that stands there once, and what replaces it.
        layers: the kinds of layers, losses, joins or penalties that it spoils.
        gradients: which of their gradients.
        named: what the diagnosis may call it; empty where it knows no such mistake.
    """

    name: str
    path: str
    right: str
    wrong: str
    layers: tuple[str, ...]
    gradients: frozenset[str]
    category: str
    why: str
    source: str = ""
    named: frozenset[str] = frozenset()
    blamed: str = ""
    state: bool = False

    @property
    def module(self) -> str:
        """The module's name."""
        return "handgrad." + self.path.removesuffix(".py").replace("/", ".")

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whose gradients it spoils: those of one set of kernels, or both."""
        return tuple(name for name in SETS if self.path.startswith(f"{name}/")) or SETS

    def names_layer(self, layer: str, blamed: AbstractSet[str]) -> bool:
        """Whether that layer is blamed, in a case made for it, and none without the mistake."""
        if self.blamed:
            return blamed == {self.blamed}
        names = {kind: f"parallel ({kind})" if kind in JOINS else kind for kind in self.layers}
        return names[layer] in blamed and blamed <= set(names.values())

    def names_gradients(self, blamed: AbstractSet[str]) -> bool:
        """Whether only gradients are blamed that are wrong; of a network as a whole, any may be."""
        return self.blamed == "network" or (bool(blamed) and blamed <= self.gradients)


@cache
def mutants() -> Mapping[str, Mutant]:
    """Every mutant by name."""
    found: dict[str, Mutant] = {}
    for mutant in _read():
        if mutant.name in found:
            raise ValueError(f"there are two mutants called {mutant.name}")
        found[mutant.name] = mutant
    return found


def _read() -> Iterator[Mutant]:
    data = files("clinometer.mutants") / "data"
    for file in sorted(data.iterdir(), key=lambda file: file.name):
        for group, mistakes in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for name, entry in mistakes.items():
                yield from _mutants(group, name, entry)


def _mutants(group: str, name: str, entry: Mapping[str, Any]) -> Iterator[Mutant]:
    layers = tuple(entry.get("layers", [group]))
    places = [_place(path) for path, _, _ in entry["texts"]]
    for (kernels, own), (path, right, wrong) in zip(places, entry["texts"], strict=True):
        shared = tuple(layer for layer in layers if (kernels, layer) not in places)
        yield Mutant(
            ".".join(filter(None, (kernels, own or group, name))),
            path,
            right,
            wrong,
            (own,) if own in layers else shared,
            frozenset(entry["wrong"]),
            entry["class"],
            entry["why"],
            entry.get("source", ""),
            frozenset(entry.get("named", ())),
            entry.get("blamed", ""),
            entry.get("state", False),
        )


def _place(path: str) -> tuple[str, str]:
    """The kernel set that a file belongs to, and the layer whose own it is."""
    kernels, _, file = path.rpartition("/")
    kind = file.removesuffix(".py")
    return kernels, kind if kind in kinds(SETS[0]) else ""
