"""Random cases drawn by Hypothesis, and the smallest case that shares a property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from clinometer.architecture import Case
from clinometer.architecture.layers import sequence_output_shape
from clinometer.architecture.strategies import cases
from clinometer.dtypes import DTYPES
from clinometer.errors import InvalidInput


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
            while simpler := next(filter(holds, _with_fewer_layers(smallest)), None):
                smallest = simpler
            return smallest
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
            backend=_BACKEND,
        )
        @given(cases(self.dtypes))
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
    """The case without some of its layers, the shortest first. Hypothesis misses many of them."""
    architecture = case.architecture
    layers = architecture.layers
    for count in range(1, len(layers)):
        for first in range(len(layers) - count + 1):
            kept = layers[first : first + count]
            inputs = sequence_output_shape(layers[:first], architecture.inputs)
            with suppress(InvalidInput):  # the loss may not take these outputs
                yield replace(
                    case, architecture=replace(architecture, inputs=inputs, layers=kept, shared=())
                )
    if architecture.shared:
        yield replace(case, architecture=replace(architecture, shared=()))


class _Found(Exception):
    """The property holds."""
