"""Probes of all arrays at once, for functions that can be called only a few times.

Along a direction through all arrays together the slope is the sum of what each array contributes.
Where it is what the gradient on trial says, each array is reported with its own part: the slope
that was measured less what the gradient on trial says of the other arrays. An error in whichever
array would have shown in the sum. Where the sum is another, and where a small array would drown
in it, arrays are probed one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(eq=False)
class JointProbes:
    """The oracle of that name, which calls the function about `budget` times at most.

    Where joint probes disagree, each array is probed alone whatever that takes; at points nearby
    only those that disagreed.
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
        self.formula = Formula(sound, {name: np.zeros(np.shape(g)) for name, g in sound.items()})

    def estimate(self) -> Estimate:
        """What is known of each array, jointly or alone."""
        joint = [self._joint(number) for number in range(PROBES)] if self.jointly else []
        if joint and not any(probe.kink for probe, _ in joint):  # those that were good before
            self.prober.steps = STEPS[STEPS.index(max(probe.step for probe, _ in joint)) :]
        agreed = bool(joint) and all(self._agrees(*probe) for probe in joint)
        slopes: dict[str, list[Slope]] = {}
        for name in self.prober.directions:
            parts = [self._part(name, *probe) for probe in joint]
            if agreed and (self._tells(name, parts) or not self._affordable):
                slopes[name] = parts
            else:
                slopes[name] = self.prober.slopes(name)
                if name in self.formula.gradients and not self._agree_alone(name):
                    self.suspects += (name,)
        return self.answer(slopes)

    def _agree_alone(self, name: str) -> bool:
        pairs = zip(self.prober.directions[name], self.prober.slopes(name), strict=True)
        return all(self._agrees(s, {name: slope(self.formula, name, u)}) for u, s in pairs)

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
        )

    @property
    def _affordable(self) -> bool:
        return self.prober.evaluations + ALONE <= self.budget

    def _joint(self, number: int) -> tuple[Slope, Mapping[str, tuple[float, float]]]:
        """The slope along the direction through all arrays, and on trial through each."""
        moves = {name: several[number] for name, several in self.prober.directions.items()}
        on_trial = {name: slope(self.formula, name, along) for name, along in moves.items()}
        return self.prober.joint_slope(moves), {n: (float(s), o) for n, (s, o) in on_trial.items()}

    def _agrees(self, joint: Slope, on_trial: Mapping[str, tuple[float, float]]) -> bool:
        mine, own = (sum(parts) for parts in zip(*on_trial.values(), strict=True))
        return joint.kink or not abs(mine - joint.value) > joint.uncertainty + own

    def _part(self, name: str, joint: Slope, on_trial: Mapping[str, tuple[float, float]]) -> Slope:
        """What is left for one array of the slope through all of them."""
        others = [part for other, part in on_trial.items() if other != name]
        value = joint.value - sum(mine for mine, _ in others)
        own = joint.uncertainty + sum(own for _, own in others)
        return Slope(value, own, joint.kink, joint.step)

    def _tells(self, name: str, parts: list[Slope]) -> bool:
        """Whether no error worth the name could hide from them in this array."""
        size = norm(self.formula.gradients[name] * self.prober.directions[name].scale)
        worst = max(part.uncertainty for part in parts)
        return bool(worst * smallest_seen(PROBES, MISS) <= CONCLUSIVE * size)
