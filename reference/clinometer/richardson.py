"""Richardson's extrapolation over a ladder of steps, with a bound on the error of its result.

What is measured at the steps h₀, h₀/4, h₀/16 … tends to its limit by powers of h, or of h² for
central differences. Richardson's tableau removes one power after the other. Of all its entries
the one with the smallest estimated error is taken. That estimate has three parts:

- truncation: how much an entry differs from its neighbours, and those from theirs;
- rounding: the error of what was measured, amplified by the tableau;
- consistency: how far finer steps contradict the entry, beyond the rounding of both.
"""

from __future__ import annotations

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
    tableau, noise = _tableau(measured, rounding, RATIO**power)
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


def _tableau(measured: Any, rounding: Any, ratio: float) -> tuple[Any, Any]:
    """Entry [q, k] uses the steps k - q … k and is NaN where k < q; and the noise of each."""
    rows, noises = [measured], [rounding]
    for order in range(1, ORDERS):
        factor = ratio**order - 1
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
