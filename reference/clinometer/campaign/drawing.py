"""Random cases drawn by Hypothesis, and the smallest case that shares a property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.internal.conjecture.providers import HypothesisProvider

from clinometer.architecture import Case
from clinometer.architecture.layers import sequence_output_shape
from clinometer.architecture.strategies import cases
from clinometer.dtypes import DTYPES


@dataclass(frozen=True)
class Draw:
    """The random cases of one seed, always the same.

    `count` is the number that is wanted. More are drawn, for some turn out vacuous.
    """

    count: int
    seed: int
    dtypes: Sequence[str] = DTYPES

    def cases(self) -> list[Case]:
        """The cases, in order."""
        drawn: list[Case] = []
        self._run(drawn.append, [Phase.generate])
        return drawn

    def smallest(self, holds: Callable[[Case], bool]) -> Case | None:
        """The smallest case for which the property holds, or None if it holds for none drawn.

        Takes the first of the cases for which it holds, and shrinks that.
        """
        found: list[Case] = []

        def check(case: Case) -> None:
            if holds(case):
                found.append(case)
                raise _Found

        try:
            self._run(check, [Phase.generate, Phase.shrink])
        except _Found:
            smallest = found[-1]
            return next(filter(holds, _without_first_layers(smallest)), smallest)
        return None

    def _run(self, visit: Callable[[Case], None], phases: list[Phase]) -> None:
        @seed(self.seed)
        @settings(
            settings.get_profile("default"),  # whatever profile the surroundings have loaded
            max_examples=self.count + self.count // 8 + 16,
            phases=phases,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )
        @given(cases(self.dtypes))
        def property_of(case: Case) -> None:
            visit(case)

        with _nothing_but_the_seed():
            property_of()


def _nothing_but_the_seed() -> AbstractContextManager[Any]:
    """Hypothesis mixes numbers that stand in the code of loaded modules into what it draws.

    With them a seed would mean other cases after each edit, and after each import.
    """
    return mock.patch.object(HypothesisProvider, "_maybe_draw_constant", return_value=None)


def _without_first_layers(case: Case) -> Iterator[Case]:
    """The shortest first. Hypothesis misses those whose input would have to be wider."""
    architecture = case.architecture
    for count in range(len(architecture.layers) - 1, 0, -1):
        head, tail = architecture.layers[:count], architecture.layers[count:]
        inputs = sequence_output_shape(head, architecture.inputs)
        yield replace(case, architecture=replace(architecture, inputs=inputs, layers=tail))


class _Found(Exception):
    """The property holds."""
