"""Probes of all arrays at once, for functions that can be called only a few times.

Along a direction through all arrays together the slope is the sum of what each array contributes.
Where it is what the gradient on trial says, each array is reported with its own part: the slope
that was measured less what the gradient on trial says of the other arrays. An error in whichever
array would have shown in the sum. Where the sum is another, the arrays are halved until the wrong
ones are found. Where a small array would drown in the sum, it is probed by itself. Those without a
slope, as a bias before a batch normalisation, would all drown: these are probed once more together,
without the others and along more directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from clinometer.agreement import CONCLUSIVE, slope
from clinometer.contract import call
from clinometer.directions import smallest_seen
from clinometer.estimate import ANY_SIZE, Estimate
from clinometer.formula import Formula
from clinometer.probing import MISS, PROBES, STEPS, Prober, Slope
from clinometer.problem import FrameworkCode, Problem
from clinometer.rounding import norm

#: Evaluations of the function for an array by itself, at most.
ALONE = 4 * PROBES * len(STEPS)
#: Directions for arrays without a slope, and evaluations for those, if indeed there is none.
MORE = 4
WITHOUT = 4 * MORE
#: A gradient is as good as none below this part of the largest.
NONE = 2.0**-40


@dataclass(eq=False)
class JointProbes:
    """The oracle of that name, which calls the function about `budget` times at most.

    Where joint probes disagree, wrong arrays are searched for whatever that takes; at points nearby
    only those are probed.
    """

    subject: str
    budget: int
    REQUIRES: str = "numpy"
    STRIDE: int = 1
    SIZES: range = ANY_SIZE
    NATURE: Literal["difference", "analytic", "autograd"] = "difference"
    suspects: tuple[str, ...] = ()

    @np.errstate(all="ignore")  # what is not finite shows in the uncertainty
    def estimate(self, problem: Problem) -> Estimate:
        """Eight to 32 evaluations, the noise of the function, and eight to 32 for arrays alone."""
        search = _Search(problem, self.subject, self.budget)
        if problem.nearby and self.suspects:
            return search.answer({name: search.prober.slopes(name) for name in self.suspects})
        found = search.estimate()
        if not problem.nearby:
            self.suspects = search.suspects
        return found


class _Search:
    def __init__(self, problem: Problem, subject: str, budget: int) -> None:
        self.prober, self.budget = Prober(problem), budget
        code = problem.gradients[subject]
        dtype = code.widest if isinstance(code, FrameworkCode) else "float64"
        gradients, broken = call(code, problem.cast(dtype))
        sound = {n: g for n, g in gradients.items() if n in problem.arguments and n not in broken}
        self.jointly = len(sound) == len(problem.arguments) > 1
        self.suspects: tuple[str, ...] = ()
        self.unmoved: tuple[str, ...] = ()
        self._known: dict[tuple[str, int], tuple[float, float]] = {}
        self.formula = Formula(sound, {name: np.zeros(np.shape(g)) for name, g in sound.items()})

    def estimate(self) -> Estimate:
        """What is known of each array, jointly or alone."""
        names = list(self.prober.directions)
        if self.jointly:
            return self.answer(self._split(names, [self._joint(names, n) for n in range(PROBES)]))
        slopes = {name: self.prober.slopes(name) for name in names}
        self.suspects = tuple(name for name in names if self._is_wrong(name, slopes[name]))
        return self.answer(slopes)

    def _split(self, names: list[str], joint: list[Slope]) -> dict[str, list[Slope]]:
        """The slopes of these arrays from those through all of them.

        What is wrong, or leaves the domain of the function, is halved: one half is probed, and the
        rest is left for the other.
        """
        if not any(probe.kink for probe in joint):  # steps that were good before
            self.prober.steps = STEPS[STEPS.index(max(probe.step for probe in joint)) :]
        if len(names) == 1 and not self._settled(names[0], joint):
            joint = self.prober.slopes(names[0])
        answered = len(names) == 1 or not any(np.isnan(probe.value) for probe in joint)
        if answered and all(self._agrees(names, probe, n) for n, probe in enumerate(joint)):
            known = self._unmoved(names)
            known |= self._flat([name for name in names if name not in known])
            return known | {
                name: self._part_or_alone(name, names, joint) for name in names if name not in known
            }
        if len(names) == 1:
            self.suspects += (names[0],)
            return {names[0]: joint}
        half, rest = names[: len(names) // 2], names[len(names) // 2 :]
        probed = [self._joint(half, n) for n in range(PROBES)]
        left = [_less(whole, part) for whole, part in zip(joint, probed, strict=True)]
        return self._split(half, probed) | self._split(rest, left)

    def _settled(self, name: str, slopes: list[Slope]) -> bool:
        """Whether slopes that were left over for one array tell as much as its own would."""
        return not any(s.kink for s in slopes) and self._tells(name, slopes)

    def _unmoved(self, names: list[str]) -> dict[str, list[Slope]]:
        """The slopes of the arrays that are said to have none and leave the value as it is."""
        still = {n: self.prober.unmoved(n) for n in names if not np.any(self.formula.gradients[n])}
        found = {name: slopes for name, slopes in still.items() if slopes}
        self.unmoved += tuple(found)
        return found

    def _flat(self, names: list[str]) -> dict[str, list[Slope]]:
        """The slopes of the arrays that are said to have none; each by itself where one has."""
        directions = self.prober.directions
        sizes = {n: norm(self.formula.gradients[n] * directions[n].scale) for n in names}
        flat = [name for name in names if sizes[name] <= NONE * max(sizes.values())]
        if not 0 < len(flat) < len(names) or self.prober.evaluations + WITHOUT > self.budget:
            return {}
        steps, self.prober.steps = self.prober.steps, STEPS
        for name in flat:
            directions[name] = replace(directions[name], probes=MORE)
        probes = [self._joint(flat, number) for number in range(MORE)]
        self.prober.steps = steps
        if all(self._agrees(flat, probe, n) for n, probe in enumerate(probes)):
            return {name: self._parts(name, flat, probes) for name in flat}
        return {name: self._alone(name) for name in flat}

    def _part_or_alone(self, name: str, names: list[str], joint: list[Slope]) -> list[Slope]:
        parts = self._parts(name, names, joint)
        return parts if self._tells(name, parts) or not self._affordable else self._alone(name)

    def _alone(self, name: str) -> list[Slope]:
        slopes = self.prober.slopes(name)
        if self._is_wrong(name, slopes):
            self.suspects += (name,)
        return slopes

    def _is_wrong(self, name: str, slopes: list[Slope]) -> bool:
        known = name in self.formula.gradients
        return known and not all(self._agrees([name], s, n) for n, s in enumerate(slopes))

    def answer(self, slopes: Mapping[str, list[Slope]]) -> Estimate:
        """The slopes of some arrays or all."""
        return Estimate(
            "directional_probes",
            {name: np.array([s.value for s in probes]) for name, probes in slopes.items()},
            {name: np.array([s.uncertainty for s in probes]) for name, probes in slopes.items()},
            self.prober.evaluations,
            kinks={name: np.array([s.kink for s in probes]) for name, probes in slopes.items()},
            directions={name: self.prober.directions[name] for name in slopes},
            miss=MISS,
            unmoved=frozenset(self.unmoved),
        )

    @property
    def _affordable(self) -> bool:
        return self.prober.evaluations + ALONE <= self.budget

    def _joint(self, names: list[str], number: int) -> Slope:
        """The slope along the direction through these arrays."""
        return self.prober.joint_slope({n: self.prober.directions[n][number] for n in names})

    def _on_trial(self, name: str, number: int) -> tuple[float, float]:
        """The slope on trial along one of the array's directions, and how far off it may be."""
        if (name, number) not in self._known:
            mine, own = slope(self.formula, name, self.prober.directions[name][number])
            self._known[name, number] = float(mine), own
        return self._known[name, number]

    def _agrees(self, names: Iterable[str], joint: Slope, number: int) -> bool:
        mine, own = (sum(p) for p in zip(*(self._on_trial(n, number) for n in names), strict=True))
        return joint.kink or not abs(mine - joint.value) > joint.uncertainty + own

    def _parts(self, name: str, names: Iterable[str], joint: list[Slope]) -> list[Slope]:
        return [self._part(name, names, probe, number) for number, probe in enumerate(joint)]

    def _part(self, name: str, names: Iterable[str], joint: Slope, number: int) -> Slope:
        """What is left for one array of the slope through several."""
        others = [self._on_trial(other, number) for other in names if other != name]
        value = joint.value - sum(mine for mine, _ in others)
        own = joint.uncertainty + sum(own for _, own in others)
        return Slope(value, own, joint.kink, joint.step)

    def _tells(self, name: str, parts: list[Slope]) -> bool:
        """Whether no error worth the name could hide from them in this array."""
        size = norm(self.formula.gradients[name] * self.prober.directions[name].scale)
        worst = max(part.uncertainty for part in parts)
        return bool(worst * smallest_seen(PROBES, MISS) <= CONCLUSIVE * size)


def _less(whole: Slope, part: Slope) -> Slope:
    """What is left of a slope without that of a part."""
    uncertainty = whole.uncertainty + part.uncertainty
    return Slope(whole.value - part.value, uncertainty, whole.kink or part.kink, whole.step)
