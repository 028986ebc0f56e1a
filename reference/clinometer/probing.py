"""Central differences of the function in float64 along a few directions for each array.

Each array is moved as a whole along jittered Rademacher directions, by the five-point formula

    f′ ≈ (4 d(h) - d(2h)) / 3 with d(h) = (f(x + hv) - f(x - hv)) / 2h.

The uncertainty of such a slope has two parts:

- rounding: the noise of the function, as stochastic arithmetic measures it inside the function,
  over the step;
- truncation: d(h) is off by about f‴h²/6. What the formula leaves is smaller once more, by
  (h/ℓ)² where ℓ is the length over which f bends. By how much d(h) was off, and by how much its
  like for f″, tells that; but one part of f may bend far sooner than the rest. So it counts some
  thousandfold, and where that is above rounding the formula is evaluated by 2h as well. Then all
  that the two differ by counts, 15 times what is expected.

No kink lies in the stencil where the function takes the same decisions at all of its points. If
one does, or truncation prevails, the step is made smaller. A function that hides its arithmetic
shows neither its noise nor its decisions: then differences of neighbouring values tell the
noise, unless it brings stochastic arithmetic with it, and all that d(h) and d(2h) differ by
counts as truncation. What does not fall with the step is a kink.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clinometer.branches import trace
from clinometer.directions import Directions
from clinometer.estimate import Estimate
from clinometer.problem import Arrays, FrameworkCode, Problem, value_at
from clinometer.rounding import SAMPLES, function_noise, norm, smallest, unit_roundoff

#: Two directions miss an error of 5700 uncertainties or more with at most this probability.
PROBES, MISS = 2, 1e-6
STEPS = (2.0**-14, 2.0**-17, 2.0**-20, 2.0**-24)
#: A smaller step is tried where truncation is above so many times rounding.
PREVAILS = 16.0

#: Steps so far that whatever depends on an array at all changes over them.
FAR = (0.25, -0.15625)

#: What the lengths over which f bends seem to leave counts so many times.
CAREFUL = 4096.0

#: For the noise of a function that hides its arithmetic: steps that change little but rounding.
FINE_STEP, FINE_POINTS, ORDER = 2.0**-40, 16, 4
OF_ORDER = 70.0  # the variance of a fourth difference is that of the noise times 8! / (4!)²


@dataclass(frozen=True)
class Slope:
    """A derivative along one direction, how far off it may be, a kink if seen, and the step."""

    value: float
    uncertainty: float
    kink: bool
    step: float


@dataclass(frozen=True)
class _Pair:
    """What two points at the same distance tell: f′, f″, the larger value, and a kink if seen."""

    slope: float
    bend: float
    size: float
    kink: bool

    def extrapolated(self, far: _Pair) -> float:
        """The slope by the five-point formula, with another pair twice as far."""
        return (4 * self.slope - far.slope) / 3


def _part(change: float, whole: float) -> float:
    return change / max(change, abs(whole), sys.float_info.min)


def _lasts(coarse: float, fine: float) -> bool:
    """Whether an uncertainty neither falls with the step, as truncation does, nor rises."""
    return fine / 4 < coarse < 4 * fine


class Prober:
    """Differences of a problem's function along directions in one array at a time."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.evaluations = 0
        self.directions = {n: Directions(n, a, PROBES) for n, a in problem.arguments.items()}
        self.steps: Sequence[float] = STEPS
        self._slopes: dict[str, list[Slope]] = {}

    def estimate(self) -> Estimate:
        """What the probes of all arrays say."""
        slopes = {name: self.slopes(name) for name in self.directions}
        return Estimate(
            "directional_probes",
            {name: np.array([s.value for s in probes]) for name, probes in slopes.items()},
            {name: np.array([s.uncertainty for s in probes]) for name, probes in slopes.items()},
            self.evaluations,
            kinks={name: np.array([s.kink for s in probes]) for name, probes in slopes.items()},
            directions=self.directions,
            miss=MISS,
        )

    def slopes(self, name: str) -> list[Slope]:
        """Along each of the array's directions."""
        if name not in self._slopes:
            self._slopes[name] = [self.slope(name, along) for along in self.directions[name]]
        return self._slopes[name]

    def slope(self, name: str, along: Any) -> Slope:
        """With one array moved."""
        return self.joint_slope({name: along})

    def joint_slope(self, moves: Arrays) -> Slope:
        """With several arrays moved at once.

        By the largest step that steps over no kink and whose truncation does not prevail.
        """
        tried, steps = [], list(self.steps)
        while steps:
            slope, rounding = self._five_points(moves, steps.pop(0))
            tried.append(slope)
            if not slope.kink and slope.uncertainty <= PREVAILS * rounding:
                break
            if len(steps) > 1 and self._in_vain(slope, rounding, steps[0]):
                steps.pop(0)
        else:
            if len(tried) > 1 and _lasts(tried[-2].uncertainty, tried[-1].uncertainty):
                tried = [replace(slope, kink=True) for slope in tried]
        return min(tried, key=lambda s: (s.kink, np.nan_to_num(s.uncertainty, nan=np.inf)))

    def _in_vain(self, slope: Slope, rounding: float, step: float) -> bool:
        """Whether by this step, too, truncation would prevail, falling as fast as it should."""
        shorter, order = step / slope.step, 2 if self._centre[1] is None else 4
        truncation = (slope.uncertainty - rounding) * shorter**order
        return not slope.kink and truncation > PREVAILS * rounding / shorter

    def difference(self, name: str, along: Any, step: float) -> float:
        """The central difference."""
        above, below = (self._moved({name: along}, signed) for signed in (step, -step))
        self.evaluations += 2
        function = self.problem.function
        return float(value_at(function, above) - value_at(function, below)) / (2 * step)

    def unmoved(self, name: str) -> list[Slope] | None:
        """Slopes of zero where the value stays the same to the last bit, wherever the array goes.

        None where it does not.
        """
        centre = self._centre[0]
        for along in self.directions[name]:
            for step in FAR:
                if self._trace(self._moved({name: along}, step))[0] != centre:
                    return None
        hidden = unit_roundoff(np.float64) * abs(centre) / min(map(abs, FAR))
        return [Slope(0.0, hidden, kink=False, step=FAR[0])] * PROBES

    def _five_points(self, moves: Arrays, step: float) -> tuple[Slope, float]:
        """The slope by that step, and the part of its uncertainty that is rounding."""
        near, far = self._pair(moves, step), self._pair(moves, 2 * step)
        value, kink = near.extrapolated(far), near.kink or far.kink
        contrast, bent = abs(value - near.slope), abs(near.bend - far.bend)
        off = 4 * self._noise + unit_roundoff(np.float64) * max(near.size, far.size)
        off += smallest(self.problem.function, np.float64)
        rounding = off * (8 + 8 + 1 + 1) / (12 * step)
        if self._centre[1] is None:
            return Slope(value, 6 * contrast + 6 * step * bent + rounding, kink, step), rounding
        part = max(_part(contrast, value), _part(bent, near.bend))
        truncation = CAREFUL * contrast * part
        if not truncation <= rounding:
            farther = self._pair(moves, 4 * step)
            truncation, kink = abs(value - far.extrapolated(farther)), kink or farther.kink
        return Slope(value, truncation + rounding, kink, step), rounding

    def _pair(self, moves: Arrays, step: float) -> _Pair:
        centre, taken = self._centre
        (above, one), (below, other) = (
            self._trace(self._moved(moves, signed)) for signed in (step, -step)
        )
        return _Pair(
            (above - below) / (2 * step),
            ((above - centre) + (below - centre)) / step**2,
            max(abs(above), abs(below)),
            not one == other == taken,
        )

    @cached_property
    def _centre(self) -> tuple[float, list[int] | None]:
        self.evaluations += 1
        return trace(self.problem.function, self.problem.arguments)

    @cached_property
    def _noise(self) -> float:
        """How uncertain rounding makes the function's value."""
        if self._centre[1] is None and not isinstance(self.problem.function, FrameworkCode):
            return self._noise_along()
        self.evaluations += 1 + SAMPLES
        return function_noise(self.problem, np.float64)

    def _noise_along(self) -> float:
        """The spread of the function's value, from fourth differences of neighbouring values."""
        arguments, values = self.problem.arguments, []
        moves = {name: directions[0] * FINE_STEP for name, directions in self.directions.items()}
        for number in range(FINE_POINTS):
            moved = {name: array + number * moves[name] for name, array in arguments.items()}
            values.append(self._trace(moved)[0])
        differences = np.diff(values, ORDER)
        return norm(differences) / float(np.sqrt(OF_ORDER * differences.size))

    def _moved(self, moves: Arrays, step: float) -> dict[str, Any]:
        arguments = self.problem.arguments
        return {**arguments, **{n: arguments[n] + step * along for n, along in moves.items()}}

    def _trace(self, arguments: Arrays) -> tuple[float, list[int] | None]:
        """NaN and the decisions at the centre where the function raises an error."""
        taken = self._centre[1]
        self.evaluations += 1
        try:
            return trace(self.problem.function, arguments)
        except Exception:  # whatever it is, the code on trial raised it
            return np.nan, taken
