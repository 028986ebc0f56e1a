"""Richardson's extrapolation over a ladder of steps, with a bound on the error of its result.

What is measured at the steps h₀, h₀/4, h₀/16 … tends to its limit by powers of h, or of h² for
central differences. Richardson's tableau removes one power after the other. Of all its entries
the one with the smallest estimated error is taken. That estimate has three parts:

- truncation: how much an entry differs from its neighbours, and those from theirs;
- rounding: the error of what was measured, amplified by the tableau;
- consistency: how far finer steps contradict the entry, beyond the rounding of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RATIO = 4.0  # from one step to the next
ORDERS = 6


@dataclass(frozen=True)
class Limit:
    """The limit at each place, a bound on its error, and the level of the finest step used."""

    value: Any
    error: Any
    level: Any


def extrapolate(measured: Any, rounding: Any, power: int, distrust: Any = (0.0,)) -> Limit:
    """The limits from the best entries of the tableau.

    The last axis of all arrays holds the steps, from the largest to the smallest.

    measured: what was found at each step. rounding: the error of that.
    power: 2 where only even powers of the step occur, else 1.
    distrust: by how much more than all else each step may be off.
    """
    tableau, noise = _tableau(measured, rounding, [power * order for order in range(1, ORDERS)])
    truncation = _truncation(tableau, RATIO**power)
    penalty = _contradictions(tableau, noise) + np.asarray(distrust)[..., None, :]
    total = np.where(np.isfinite(tableau), truncation + noise + penalty, np.inf)
    flat = total.reshape(*total.shape[:-2], -1)
    best = np.argmin(flat, axis=-1)[..., None]

    def pick(entries: Any) -> Any:
        return np.take_along_axis(entries.reshape(flat.shape), best, axis=-1)[..., 0]

    error = 3 * (pick(truncation) + pick(noise)) + 2 * pick(penalty)
    error = np.where(np.isfinite(pick(total)), error, np.inf)
    return Limit(pick(tableau), error, best[..., 0] % measured.shape[-1])


def _tableau(measured: Any, rounding: Any, powers: Sequence[int]) -> tuple[Any, Any]:
    """Without the first q powers of the step, entry [q, k] uses the steps k - q … k.

    It is NaN where k < q. The noise of each entry is the second array.
    """
    rows, noises = [measured], [rounding]
    for power in powers:
        factor = RATIO**power - 1
        row, noise = np.full_like(measured, np.nan), np.full_like(rounding, np.inf)
        finer, coarser = rows[-1][..., 1:], rows[-1][..., :-1]
        row[..., 1:] = finer + (finer - coarser) / factor
        noise[..., 1:] = ((factor + 1) * noises[-1][..., 1:] + noises[-1][..., :-1]) / factor
        rows.append(row)
        noises.append(noise)
    return np.stack(rows, axis=-2), np.stack(noises, axis=-2)


def _truncation(tableau: Any, ratio: float) -> Any:
    """The difference from the neighbours in step and in order, and theirs a level up.

    Infinite where there is no neighbour. The look a level up is for neighbours that are close
    by coincidence.
    """
    by_step = np.full_like(tableau, np.inf)
    by_step[..., 1:] = np.abs(tableau[..., 1:] - tableau[..., :-1])
    by_order = np.zeros_like(tableau)
    by_order[..., 1:, :] = np.abs(tableau[..., 1:, :] - tableau[..., :-1, :])
    here = np.maximum(by_step, by_order)
    level_up = np.zeros_like(tableau)
    level_up[..., 1:] = here[..., :-1] / ratio
    worst = np.maximum(here, np.where(np.isfinite(level_up), level_up, 0.0))
    return np.where(np.isnan(worst), np.inf, worst)


def _contradictions(tableau: Any, noise: Any) -> Any:
    """How far finer steps of the same order contradict an entry, beyond the noise of both."""
    penalty = np.zeros_like(tableau)
    for level in range(tableau.shape[-1] - 1):
        here, finer = tableau[..., level, None], tableau[..., level + 1 :]
        excess = np.abs(finer - here) - noise[..., level + 1 :] - noise[..., level, None]
        penalty[..., level] = np.fmax.reduce(np.maximum(excess, 0.0), axis=-1, initial=0.0)
    return penalty


def kinks(jumps: Any, rounding: Any) -> tuple[Any, Any]:
    """For each step, the largest jump of the slope seen within it, and how far to distrust it.

    jumps: the slope to the right less the slope to the left, from the largest step to the
    smallest. rounding: the error that rounding puts into each of the two slopes' mean.

    The difference of the one-sided slopes is J + c₁h + c₃h³ + …, where J is the jump at a kink.
    Without c₁h, what a smooth function leaves falls by 64 from one step to the next: what falls
    by less than 8, beyond rounding, is a kink inside the stencil. A fainter one may hide.
    """
    tableau, noises = _tableau(jumps, 4 * rounding, range(1, 2 * ORDERS - 2, 2))
    jump, noise = np.abs(tableau[..., 1, :]), noises[..., 1, :]
    lasts = np.zeros(jumps.shape, dtype=bool)
    lasts[..., 2:] = 8 * (jump - noise)[..., 2:] > (jump + noise)[..., 1:-1]
    lasting = np.where(lasts, jump, 0.0)
    seen = np.maximum.accumulate(lasting[..., ::-1], axis=-1)[..., ::-1]
    # No kink hides within a step that is larger than what that step or a larger one shows.
    bounds = np.fmin.reduce((np.abs(tableau) + noises)[..., 1:, :], axis=-2)
    unseen = np.fmin.accumulate(np.where(np.isnan(bounds), np.inf, bounds), axis=-1)
    # One that a larger step has shown may be there still, as far as rounding allows.
    seen_before = np.fmin(np.maximum.accumulate(lasting, axis=-1), bounds)
    possible = np.maximum(unseen, seen_before)
    return seen, np.maximum(seen, possible / 4)  # half a jump is the error; penalties count twice
