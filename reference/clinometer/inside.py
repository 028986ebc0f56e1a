"""Activations in the midst of somebody's function, and the gradient that a wrong derivative makes.

The function is run with each of its operations watched. Where the input z of one and the result a
of the same or a later one are a known activation's, a is held, or moved by itself: that tells the
cotangent c of a, what of the function's gradient does not pass through a, and ∂z. A backward pass
with s in place of the activation's derivative returns

    the part that does not pass + Σ c s ∂z.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from clinometer.diagnosis.mistakes.derivatives import ACTIVATIONS, instead
from clinometer.directions import Directions
from clinometer.problem import Arrays, Function, Watcher

#: From a watcher to the function under it.
Watched: TypeAlias = Callable[[Watcher], Function]

#: Operations, and elements of an array, up to which the inside is looked at.
OPERATIONS, ELEMENTS = 200, 200
#: How near values have to come to an activation's, and slopes to those on trial.
NEAR = 1e-6
#: For central differences, whose error falls with its square.
STEP = 2.0**-14


@dataclass(frozen=True, eq=False)
class Site:
    """Where an activation stands.

    Attributes:
        activation: its name.
        start, place: of which operation z is an input, and which of its inputs.
        end: of which operation a is the result.
        z, a: at the point.
    """

    activation: str
    start: int
    place: int
    end: int
    z: Any
    a: Any


class Inside:
    """What is inside a function, at its arguments."""

    def __init__(self, watched: Watched, arguments: Arrays) -> None:
        self.watched, self.arguments = watched, arguments
        self._cotangents: dict[Site, Any] = {}

    def gradients(self, name: str, trial: Any) -> Iterator[tuple[str, Any]]:
        """What wrong derivatives make of one array's gradient, where that may be the one on trial.

        The slope along one direction tells where; there the gradient is computed by the element.
        """
        if trial.shape != self.arguments[name].shape or trial.size > ELEMENTS:
            return
        along = Directions(name, self.arguments[name])[0]
        on_trial, near = np.sum(trial * along), NEAR * np.sum(np.abs(trial * along))
        for number, site in enumerate(self.sites):
            aside, moved = self._parts(site, name, along)
            c, activation = self._cotangent(site), ACTIVATIONS[site.activation]
            for what, slope in instead(activation, site.activation, site.z, c):
                if abs(aside + np.sum(c * slope * moved) - on_trial) <= near:
                    which = _which(self.sites[: number + 1])
                    gradient = self._gradient(site, name, c * slope)
                    yield f"the derivative of {which} is {what}", gradient

    @cached_property
    def sites(self) -> list[Site]:
        """The activations, each from its first input to its first result."""
        calls: list[tuple[list[Any], Any]] = []

        def record(inputs: Sequence[Any], result: Any) -> Any:
            calls.append(([np.array(x) for x in inputs], np.array(result)))
            return result

        self.watched(record)(self.arguments)
        return list(_sites(calls[:OPERATIONS]))

    def _cotangent(self, site: Site) -> Any:
        """∂f/∂a, each element of a moved by itself."""
        if site not in self._cotangents:
            each = [self._by(site, unit) for unit in _units(site.a.shape)]
            self._cotangents[site] = np.reshape(each, site.a.shape)
        return self._cotangents[site]

    def _by(self, site: Site, unit: Any) -> Any:
        return _difference(lambda step: self._run(site, site.a + step * unit, {}))[0]

    def _parts(self, site: Site, name: str, along: Any) -> tuple[float, Any]:
        """With a held, the slope of the function and that of z."""
        at = self.arguments[name]
        value, *z = _difference(lambda step: self._run(site, site.a, {name: at + step * along}))
        return value, np.reshape(z, site.z.shape)

    def _gradient(self, site: Site, name: str, cotangent: Any) -> Any:
        """By the element, for that cotangent of z."""
        shape = self.arguments[name].shape
        parts = (self._parts(site, name, e) for e in _units(shape))
        return np.reshape([aside + np.sum(cotangent * moved) for aside, moved in parts], shape)

    def _run(self, site: Site, a: Any, moved: Arrays) -> Any:
        """The function's value and z, with that a."""
        holding = _Holding(site, a)
        value = self.watched(holding)({**self.arguments, **moved})
        return np.append(float(value), holding.z)


def _sites(calls: Sequence[tuple[list[Any], Any]]) -> Iterator[Site]:
    seen: set[bytes] = set()
    for start, (inputs, _) in enumerate(calls):
        for place, z in enumerate(inputs):
            if 1 < z.size <= ELEMENTS and z.tobytes() not in seen:
                seen.add(z.tobytes())
                yield from _from(start, place, z, calls)


def _from(start: int, place: int, z: Any, calls: Sequence[tuple[list[Any], Any]]) -> Iterator[Site]:
    for name, activation in ACTIVATIONS.items():
        value = activation.value(z)
        for end in range(start, len(calls)):
            a = calls[end][1]
            if a.shape == z.shape and np.allclose(a, value, rtol=NEAR, atol=0):
                yield Site(name, start, place, end, z, a)
                break


class _Holding:
    """A watcher that holds an activation, and keeps its input."""

    def __init__(self, site: Site, a: Any) -> None:
        self.site, self.a, self.z = site, a, site.z
        self.number = -1

    def __call__(self, inputs: Sequence[Any], result: Any) -> Any:
        """The result, or what is held in its place."""
        self.number += 1
        if self.number == self.site.start:
            self.z = np.array(inputs[self.site.place])
        return self.a if self.number == self.site.end else result


def _which(until: Sequence[Site]) -> str:
    """The last one of these, by its number among those of its kind where there are others."""
    *before, last = (site.activation for site in until)
    return f"{last} number {before.count(last) + 1} inside" if last in before else f"{last} inside"


def _difference(run: Callable[[float], Any]) -> Any:
    """The derivative by the step at 0."""
    return (run(STEP) - run(-STEP)) / (2 * STEP)


def _units(shape: tuple[int, ...]) -> Iterator[Any]:
    for index in np.ndindex(shape):
        unit = np.zeros(shape)
        unit[index] = 1.0
        yield unit
