"""Central differences over a ladder of steps, extrapolated, with a bound on their error.

For each element the function is evaluated at x ± hₖ, hₖ = 4 s 4⁻ᵏ for k = 0, 1, 2 …, where s is a
power of two near the element's size, so that every step is exact. Richardson's tableau removes
the powers of h² from the truncation error. Of all its entries the one with the smallest
estimated error is taken. That estimate has three parts:

- truncation: how much an entry differs from its neighbours, and those from theirs;
- rounding: the noise of the function, as stochastic arithmetic measures it inside the
  function, amplified by the tableau;
- consistency: how far finer steps contradict the entry, and the jump between the one-sided
  slopes where it does not vanish with the step. Both betray a kink inside the stencil.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clinometer.estimate import ELEMENTWISE, Estimate
from clinometer.problem import Problem, scale
from clinometer.rounding import function_noise, unit_roundoff

REQUIRES = "numpy"
STRIDE = 1
SIZES = ELEMENTWISE
NATURE = "difference"

LEVELS = 12
FIRST_LEVELS = 7  # enough where the function is smooth; the finer steps then add only noise
ACCURATE = 1e-10  # relative to the largest slope of the array; else the finer steps are tried
RATIO = 4.0
TOP = 4.0  # the largest step, in units of the scale
ORDERS = 6


@np.errstate(all="ignore")  # the larger steps may leave the domain of the function
def estimate(problem: Problem) -> Estimate:
    """14 or 24 evaluations of the function for each element of its arguments, and a few more."""
    centre = float(problem.function(problem.arguments))
    function_error = 2 * function_noise(problem) + unit_roundoff(np.float64) * abs(centre)
    ladders = {name: _climb(problem, name, centre, function_error) for name in problem.arguments}
    return Estimate(
        "finite_difference",
        {name: ladder.slope for name, ladder in ladders.items()},
        {name: ladder.error for name, ladder in ladders.items()},
        evaluations=1 + sum(ladder.evaluations for ladder in ladders.values()),
        kinks={name: ladder.kink for name, ladder in ladders.items()},
    )


@dataclass(frozen=True)
class Ladder:
    """The chosen slope for each element, the bound on its error, and whether there is a kink."""

    slope: Any
    error: Any
    kink: Any
    evaluations: int


def _climb(problem: Problem, name: str, centre: float, function_error: float) -> Ladder:
    """All elements of one argument by the larger steps, the doubtful ones by all steps."""
    array = problem.arguments[name]
    steps = TOP * scale(array).reshape(-1, 1) * RATIO ** -np.arange(LEVELS)
    values = _Values(problem, name, centre, function_error, steps)
    everyone = np.arange(array.size)
    slope, error, kink = values.ladder(everyone, FIRST_LEVELS)
    doubtful = everyone[kink | ~(error <= ACCURATE * np.max(np.abs(slope), initial=0.0))]
    if doubtful.size:
        finer = values.ladder(doubtful, LEVELS)
        for chosen, better in zip((slope, error, kink), finer, strict=True):
            chosen[doubtful] = better
    slope, error, kink = (part.reshape(array.shape) for part in (slope, error, kink))
    return Ladder(slope, error, kink, values.evaluations)


class _Values:
    """The function at x ± h for the elements of one argument, evaluated once for each step."""

    def __init__(
        self, problem: Problem, name: str, centre: float, function_error: float, steps: Any
    ) -> None:
        self.function = problem.function
        self.point = problem.arguments[name].copy()
        self.arguments = {**problem.arguments, name: self.point}
        self.centre, self.function_error, self.steps = centre, function_error, steps
        self.above = np.full(steps.shape, np.nan)
        self.below = np.full(steps.shape, np.nan)
        self.levels = 0
        self.evaluations = 0

    def ladder(self, elements: Any, levels: int) -> tuple[Any, Any, Any]:
        """Slope, error and kink for some elements from the first so many steps."""
        for element in elements:
            self._evaluate(element, range(self.levels, levels))
        self.levels = levels
        above, below = self.above[elements, :levels], self.below[elements, :levels]
        steps = self.steps[elements, :levels]
        # f rounds in proportion to its size, which may be larger at the ends of the stencil.
        largest = np.maximum(np.abs(above), np.abs(below))
        rounding = (self.function_error + 4 * unit_roundoff(np.float64) * largest) / steps
        slopes = (above - below) / (2 * steps)
        jumps = (above - 2 * self.centre + below) / steps
        return choose(slopes, jumps, rounding)

    def _evaluate(self, element: int, levels: range) -> None:
        flat = self.point.reshape(-1)
        here = flat[element]
        for level in levels:
            step = self.steps[element, level]
            flat[element] = here + step
            self.above[element, level] = self.function(self.arguments)
            flat[element] = here - step
            self.below[element, level] = self.function(self.arguments)
        flat[element] = here
        self.evaluations += 2 * len(levels)


def choose(slopes: Any, jumps: Any, rounding: Any) -> tuple[Any, Any, Any]:
    """Slope, error bound and kink by the best entry of the Richardson tableau.

    The last axis of the arguments holds the steps.

    slopes: central differences from the largest step to the smallest.
    jumps: (f(x+h) - 2 f(x) + f(x-h)) / h, the differences of the one-sided slopes.
    rounding: the error that rounding of f puts into each slope.
    """
    tableau, noise = _tableau(slopes, rounding)
    truncation = _truncation(tableau)
    persists = _persistent_jumps(jumps, rounding)
    penalty = _contradictions(tableau, noise) + persists[..., None, :]
    total = np.where(np.isfinite(tableau), truncation + noise + penalty, np.inf)
    flat = total.reshape(*total.shape[:-2], -1)
    best = np.argmin(flat, axis=-1)[..., None]

    def pick(entries: Any) -> Any:
        flattened = np.broadcast_to(entries, total.shape).reshape(flat.shape)
        return np.take_along_axis(flattened, best, axis=-1)[..., 0]

    error = 3 * (pick(truncation) + pick(noise)) + 2 * pick(penalty)
    error = np.where(np.isfinite(pick(total)), error, np.inf)
    return pick(tableau), error, pick(persists[..., None, :]) > 0


def _tableau(slopes: Any, rounding: Any) -> tuple[Any, Any]:
    """Richardson's tableau: entry [q, k] uses the steps k - q … k and is NaN where k < q."""
    rows, noises = [slopes], [rounding]
    for order in range(1, ORDERS):
        factor = (RATIO**2) ** order - 1
        row, noise = np.full(slopes.shape, np.nan), np.full(slopes.shape, np.inf)
        finer, coarser = rows[-1][..., 1:], rows[-1][..., :-1]
        row[..., 1:] = finer + (finer - coarser) / factor
        noise[..., 1:] = ((factor + 1) * noises[-1][..., 1:] + noises[-1][..., :-1]) / factor
        rows.append(row)
        noises.append(noise)
    return np.stack(rows, axis=-2), np.stack(noises, axis=-2)


def _truncation(tableau: Any) -> Any:
    """The difference from the neighbours in step and in order, and theirs a level up.

    Where a neighbour is missing the estimate is infinite: a single look back may meet a
    coincidence.
    """
    by_step = np.full(tableau.shape, np.inf)
    by_step[..., 1:] = np.abs(tableau[..., 1:] - tableau[..., :-1])
    by_order = np.zeros(tableau.shape)
    by_order[..., 1:, :] = np.abs(tableau[..., 1:, :] - tableau[..., :-1, :])
    here = np.maximum(by_step, by_order)
    level_up = np.zeros(tableau.shape)
    level_up[..., 1:] = here[..., :-1] / RATIO**2
    worst = np.maximum(here, np.where(np.isfinite(level_up), level_up, 0.0))
    return np.where(np.isnan(worst), np.inf, worst)


def _contradictions(tableau: Any, noise: Any) -> Any:
    """How far finer steps of the same order contradict an entry, beyond the noise of both."""
    penalty = np.zeros(tableau.shape)
    for level in range(tableau.shape[-1] - 1):
        here, finer = tableau[..., level, None], tableau[..., level + 1 :]
        excess = np.abs(finer - here) - noise[..., level + 1 :] - noise[..., level, None]
        penalty[..., level] = np.fmax.reduce(np.maximum(excess, 0.0), axis=-1, initial=0.0)
    return penalty


def _persistent_jumps(jumps: Any, rounding: Any) -> Any:
    """For each step, the largest lasting jump of the slope at that step and finer.

    The difference of the one-sided slopes is J + f''h + O(h³), where J is the jump at a kink.
    Extrapolating f''h away leaves J: for a smooth function it falls by 64 from one step to
    the next, so what falls by less than 8, beyond rounding, is a kink inside the stencil.
    """
    jump, noise = np.zeros(jumps.shape), np.full(jumps.shape, np.inf)
    jump[..., 1:] = np.abs(RATIO * jumps[..., 1:] - jumps[..., :-1]) / (RATIO - 1)
    noise[..., 1:] = 4 * (RATIO * rounding[..., 1:] + rounding[..., :-1]) / (RATIO - 1)
    lasts = np.zeros(jumps.shape, dtype=bool)
    lasts[..., 2:] = 8 * (jump - noise)[..., 2:] > (jump + noise)[..., 1:-1]
    lasting = np.where(lasts, jump, 0.0)
    return np.maximum.accumulate(lasting[..., ::-1], axis=-1)[..., ::-1]
