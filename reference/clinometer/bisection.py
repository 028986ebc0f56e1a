"""From an array whose probes disagree down to the elements that are wrong.

The residual of a probe is the slope on trial less the slope of the function, along the same
direction. Both are linear in the direction: the residuals of two parts of the array, each
moved with the other held still, add up to that of the whole. So the part that holds a lone
wrong element holds the whole residual, and halving it again and again leads there. The
gradient on trial is not computed again.

Two probes often know a lone element at once: their residuals are in the ratio of the two
directions at that element, and few others share it. A further direction through these leaves
fewer still, which takes fewer evaluations than halving does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from clinometer.agreement import slope
from clinometer.directions import Directions
from clinometer.formula import Formula
from clinometer.probing import PROBES, STEPS, Prober

Index: TypeAlias = tuple[int, ...]

STEP = 2.0**-15
#: A central difference alone is enough where its truncation is below this part of the residual.
ROUGH = 1 / 16
#: A half holds an error if it holds more than this part of its parent's residual, and more
#: than rounding and truncation may have put there.
HOLDS = 1 / 64
#: Where both halves hold an error more often than this, the errors are too many to name.
SPLITS = 4
#: As many wrong elements are named at most.
MOST = 8
#: Suspects fit the ratio of two residuals to within this part of what bounds their error.
FIT = 1 / 8
#: A direction is worth its evaluations where it leaves less than this part of the elements.
SIFTS = 1 / 4


@dataclass(frozen=True)
class Element:
    """A wrong element: its value on trial, and the slope along it alone."""

    index: Index
    on_trial: float
    reference: float
    uncertainty: float


@dataclass(frozen=True)
class Located:
    """Where an array's gradient is wrong.

    Attributes:
        elements: those found, each confirmed by a difference along it alone.
        block: the first and the last index, in the array's order, between which further errors
            are spread over too many elements to name.
        whole: True where that is the whole array.
        explained: True where the elements explain all that the probes saw.
    """

    array: str
    elements: tuple[Element, ...] = ()
    block: tuple[Index, Index] | None = None
    whole: bool = False
    explained: bool = False


@np.errstate(all="ignore")  # what is not finite is not explained
def locate(prober: Prober, formula: Formula, name: str) -> Located:
    """The wrong elements of one array; its probes are made unless they have been."""
    search = _Search(prober, formula, name)
    elements: list[Element] = []
    while search.residuals and not search.explained and len(elements) < MOST:
        part = search.narrow()
        if part.size > 1:
            first, last = (search.index(part[end]) for end in (0, -1))
            whole = part.size == formula.gradients[name].size
            return Located(name, tuple(elements), (first, last), whole)
        element = search.confirm(part[0])
        if element is None:
            break
        elements.append(element)
    return Located(name, tuple(elements), explained=search.explained)


class _Search:
    """The residuals of an array's probes, and what is left of them as elements are found."""

    def __init__(self, prober: Prober, formula: Formula, name: str) -> None:
        self.prober, self.name = prober, name
        self.shape = formula.gradients[name].shape
        self.gradient = formula.gradients[name].reshape(-1).copy()
        self.own = formula.own[name].reshape(-1)
        self.directions: list[Any] = []
        self.residuals: list[float] = []
        self.bounds: list[float] = []
        for along, probe in zip(prober.directions[name], prober.slopes(name), strict=True):
            if not probe.kink:
                mine, own = slope(formula, name, along)
                self.directions.append(along.reshape(-1))
                self.residuals.append(float(mine - probe.value))
                self.bounds.append(probe.uncertainty + own)
        self.rough = np.inf
        self.chosen = 0

    @property
    def explained(self) -> bool:
        """True where nothing is left that rounding and truncation might not have done."""
        return all(abs(r) <= b for r, b in zip(self.residuals, self.bounds, strict=True))

    def index(self, element: Any) -> Index:
        """The index of an element that is given by its place in the flat array."""
        return tuple(int(i) for i in np.unravel_index(element, self.shape))

    def narrow(self) -> Any:
        """One element that holds the residual, or the elements over which it is spread.

        By the probe that sees the error best.
        """
        self.chosen = int(np.argmax(np.abs(self.residuals) / np.array(self.bounds)))
        part, residual = self._start()
        block, splits = part, 0
        while part.size > 1:
            halves = np.array_split(part, 2)
            first, doubt = self._held(halves[0], residual)
            held = [first, residual - first]
            if min(map(abs, held)) > max(HOLDS * abs(residual), doubt):
                block, splits = block if splits else part, splits + 1
                if splits > SPLITS:
                    return block
            larger = int(abs(held[1]) > abs(held[0]))
            part, residual = halves[larger], held[larger]
        return part

    def confirm(self, element: int) -> Element | None:
        """The wrong element, taken out of the residuals; None if it is not wrong."""
        scale = self.prober.directions[self.name].scale.reshape(-1)[element]
        probe = self.prober.slope(self.name, self._along([element], scale))
        on_trial, reference = float(self.gradient[element]), probe.value / scale
        uncertainty = probe.uncertainty / scale + float(self.own[element])
        if probe.kink or abs(on_trial - reference) <= uncertainty:
            return None
        self.gradient[element] = reference
        for number, direction in enumerate(self.directions):
            self.residuals[number] -= direction[element] * (on_trial - reference)
            self.bounds[number] += abs(direction[element]) * uncertainty
        return Element(self.index(element), on_trial, reference, uncertainty)

    def _start(self) -> tuple[Any, float]:
        """The elements that alone would explain both probes, if they do hold the residual.

        Else all the others.
        """
        everything, residual = np.arange(self.gradient.size), self.residuals[self.chosen]
        self.rough = np.inf
        suspects = self._suspects()
        if not 0 < suspects.size < SIFTS * everything.size:
            return everything, residual
        held, _ = self._held(suspects, residual)
        if abs(held) > abs(residual) / 2:
            return self._sifted(suspects, held)
        self.rough = np.inf
        return np.delete(everything, suspects), residual - held

    def _suspects(self) -> Any:
        if len(self.residuals) != PROBES:
            return np.array([], dtype=int)
        return np.flatnonzero(
            _alone(*zip(self.directions, self.residuals, self.bounds, strict=True))
        )

    def _sifted(self, suspects: Any, residual: float) -> tuple[Any, float]:
        """Those of them that alone would explain further directions too, if they hold the residual.

        Else all of them.
        """
        part, array = suspects, self.prober.problem.arguments[self.name].reshape(-1)
        known = (self.residuals[self.chosen], self.bounds[self.chosen])
        while part.size > 2:
            values = Directions(f"{self.name} {part.size}", array[part])[0]
            self.rough = np.inf  # truncation along another direction may be larger
            seen = self._residual(part, values, residual)
            fits = _alone((self.directions[self.chosen][part], *known), (values, *seen))
            if not 0 < np.count_nonzero(fits) < SIFTS * part.size:
                break
            part = part[fits]
        if part.size == suspects.size:
            return suspects, residual
        held, _ = self._held(part, residual)
        return (part, held) if abs(held) > abs(residual) / 2 else (suspects, residual)

    def _held(self, part: Any, parent: float) -> tuple[float, float]:
        """What a part holds of the chosen probe's residual, and how far off that may be."""
        return self._residual(part, self.directions[self.chosen][part], parent)

    def _residual(self, part: Any, values: Any, parent: float) -> tuple[float, float]:
        """The residual of a part along a direction, and how far off it may be."""
        along = self._along(part, values)
        mine = float(np.sum(self.gradient[part] * values))
        near = self.prober.difference(self.name, along, STEP)
        noise = self.bounds[self.chosen] * STEPS[0] / STEP
        if self.rough <= ROUGH * abs(parent):
            return mine - near, noise + self.rough
        far = self.prober.difference(self.name, along, 2 * STEP)
        self.rough = abs(near - far) / 3
        return mine - (4 * near - far) / 3, noise

    def _along(self, part: Any, values: Any) -> Any:
        along = np.zeros(self.gradient.size)
        along[part] = values
        return along.reshape(self.shape)


def _alone(one: tuple[Any, float, float], other: tuple[Any, float, float]) -> Any:
    """Which elements would alone explain two residuals: directions, residuals and their bounds."""
    (v, r, bound), (its_v, its_r, its_bound) = one, other
    misfit = np.abs(v * its_r - its_v * r)
    return misfit <= FIT * (np.abs(v) * its_bound + np.abs(its_v) * bound)
