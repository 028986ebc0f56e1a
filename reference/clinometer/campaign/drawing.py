"""Random cases drawn by Hypothesis, and the smallest case that shares a property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from clinometer.architecture import Architecture, Case
from clinometer.architecture.candidates import Pair, neighbours, pairs
from clinometer.architecture.layers import sequence_output_shape
from clinometer.architecture.strategies import cases, cases_of_one_layer
from clinometer.dtypes import DTYPES
from clinometer.errors import InvalidInput

#: Cases in which a property is looked for before it is shrunk.
ATTEMPTS = 50
#: Cases for a pair of neighbours that the others have missed.
AROUND = 8


@dataclass(frozen=True)
class Draw:
    """The random cases of one seed, always the same.

    `count` is the number that is wanted. More are drawn, for some turn out vacuous.
    """

    count: int
    seed: int
    dtypes: Sequence[str] = DTYPES

    @cached_property
    def cases(self) -> list[Case]:
        """The cases, in order. The second half brings in neighbours that the first lacks."""
        wanted = self.count + self.count // 8 + 16
        drawn = self.drawn(cases(self.dtypes), wanted - wanted // 2)
        seen = {pair for case in drawn for pair in neighbours(case.architecture.layers)}
        for pair in Random(self.seed).sample(pairs(), len(pairs())):
            if pair not in seen and len(drawn) < wanted:
                drawn += self.drawn(cases(self.dtypes, pair), 1, len(drawn))
                seen.update(neighbours(drawn[-1].architecture.layers))
        return drawn + self.drawn(cases(self.dtypes), wanted - len(drawn), len(drawn))

    def around(self, pair: Pair) -> list[Case]:
        """A few more cases, all of them with these neighbours."""
        return self.drawn(cases(self.dtypes, pair), AROUND, len(self.cases))

    def smallest(self, holds: Callable[[Case], bool]) -> Case | None:
        """The smallest case for which the property holds, or None if it holds for none drawn.

        Leaves out what layers it can. If a single one remains, Hypothesis shrinks the smallest of
        such networks that it finds.
        """
        smallest = next(filter(holds, self.cases), None)
        if smallest is None:
            return None
        while simpler := next(filter(holds, _with_fewer_layers(smallest)), None):
            smallest = simpler
        if len(smallest.architecture.layers) > 1:
            return smallest
        return self._shrunk(holds, smallest.architecture) or smallest

    def drawn(self, strategy: st.SearchStrategy[Case], count: int, number: int = 0) -> list[Case]:
        """So many cases. The first that Hypothesis draws is always the simplest, and left out."""
        drawn: list[Case] = []
        if count:
            self._run(strategy, count + 1, number, drawn.append, [Phase.generate])
        return drawn[1 : count + 1]

    def _shrunk(self, holds: Callable[[Case], bool], like: Architecture) -> Case | None:
        found: list[Case] = []

        def check(case: Case) -> None:
            if holds(case):
                found.append(case)
                raise _Found

        with suppress(_Found):
            phases = [Phase.generate, Phase.shrink]
            self._run(cases_of_one_layer(like, self.dtypes), ATTEMPTS, 0, check, phases)
        return found[-1] if found else None

    def _run(
        self,
        strategy: st.SearchStrategy[Case],
        count: int,
        number: int,
        visit: Callable[[Case], None],
        phases: list[Phase],
    ) -> None:
        @seed(f"{self.seed} {number}")
        @settings(
            settings.get_profile("default"),  # whatever profile the surroundings have loaded
            max_examples=count,
            phases=phases,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
            backend=_BACKEND,
        )
        @given(strategy)
        def property_of(case: Case) -> None:
            visit(case)

        property_of()


class _NothingButTheSeed(HypothesisProvider):
    """Draws each case independently of the others and of the code that is loaded.

    By itself Hypothesis varies a case that it has drawn a few times before it draws the next one,
    and mixes in numbers that stand in the code of loaded modules, so that a seed would mean other
    cases after each edit and after each import.
    """

    def _maybe_draw_constant(self, *args: Any, **kwargs: Any) -> None:
        return None


_BACKEND = "clinometer"
AVAILABLE_PROVIDERS[_BACKEND] = _NothingButTheSeed


def _with_fewer_layers(case: Case) -> Iterator[Case]:
    """The case without some of its layers or with a branch for a block, the shortest first."""
    architecture, case = case.architecture, replace(case, parameters=None)
    layers = architecture.layers
    for count in range(1, len(layers)):
        for first in range(len(layers) - count + 1):
            kept = layers[first : first + count]
            inputs = sequence_output_shape(layers[:first], architecture.inputs)
            with suppress(InvalidInput):  # the loss may not take these outputs
                yield replace(
                    case, architecture=replace(architecture, inputs=inputs, layers=kept, shared=())
                )
    for number, block in enumerate(layers):
        for branch in block.branch_layers():
            kept = (*layers[:number], *branch, *layers[number + 1 :])
            with suppress(InvalidInput):
                yield replace(case, architecture=replace(architecture, layers=kept, shared=()))
    if architecture.shared:
        yield replace(case, architecture=replace(architecture, shared=()))


class _Found(Exception):
    """The property holds."""
