"""Clarke's subgradients: the limits of the gradient around a point, and what lies between them.

Where a function has kinks, its gradient has several limits at a point, one for each side. A
subgradient is any weighted mean of them (Clarke, Optimization and Nonsmooth Analysis, 1983,
theorem 2.5.1). They are found from the function alone, by differences on balls of 1280 bits
beside the point, so near to it that a limit shows to all digits of a double.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from flint import ctx

from clinometer.balls import BallArray, midpoints

BITS = 1280
NEAR, NEARER = -80, -160  # powers of two: how far from the point
SIDES = 16  # directions from the point in which a limit is sought
ACCURATE = 1e-9


def limits(function: Callable[[Any], Any], point: Any) -> Any:
    """The limits of the gradient of a scalar function of one array, one a row.

    Infinite where the gradient grows without bound. Sides on which the function is not defined
    are left out; where there is none, no row is left.
    """
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        rows = [_limit(function, point, side) for side in _sides(np.size(point))]
    found = np.array([row for row in rows if not np.isnan(row).any()]).reshape(-1, np.size(point))
    return np.unique(found.round(9) + 0.0, axis=0)


def contain(limits: Any, gradient: Any) -> bool:
    """True where the gradient is a weighted mean of the limits; False for a NaN.

    Where a limit is infinite, each element by itself is held to the range of the limits.
    """
    mine = np.ravel(gradient)
    if not len(limits) or np.isnan(mine).any():
        return False
    if not np.isfinite(limits).all():
        return bool(np.all((limits.min(axis=0) <= mine) & (mine <= limits.max(axis=0))))
    most = min(len(limits), mine.size + 1)  # no more are needed (Carathéodory)
    return any(
        _is_mean(np.array(some), mine)
        for number in range(1, most + 1)
        for some in combinations(limits, number)
    )


def _is_mean(some: Any, mine: Any) -> bool:
    """True for a mean of all of some limits, the weights not negative."""
    equations = np.vstack([some.T, np.ones(len(some))])
    right = np.append(mine, 1.0)
    weights = np.linalg.lstsq(equations, right)[0]
    off = np.abs(equations @ weights - right)
    size = 1 + np.abs(some).max(axis=0, initial=0.0).max()
    return bool(np.all(weights >= -ACCURATE) and np.all(off <= ACCURATE * size))


def _sides(dimensions: int) -> Any:
    """Directions without ties: both sides of a number, random ones of an array."""
    if dimensions == 1:
        return np.array([[1.0], [-1.0]])
    return np.random.default_rng(0).standard_normal((SIDES, dimensions))


def _limit(function: Callable[[Any], Any], point: Any, side: Any) -> Any:
    near, nearer = (_gradient(function, point, side, power) for power in (NEAR, NEARER))
    settled = np.abs(near - nearer) <= ACCURATE * (1 + np.abs(nearer))
    return np.where(settled | np.isnan(nearer), nearer, np.sign(nearer) * np.inf)


def _gradient(function: Callable[[Any], Any], point: Any, side: Any, power: int) -> Any:
    """The gradient at 2**power from the point, by central differences over a far smaller step."""
    here = BallArray.carry(point) + BallArray.carry(side) * BallArray.carry(2.0**power)
    step = BallArray.carry(2.0 ** (2 * power))
    return np.array(
        [
            float(midpoints((function(here + step * e) - function(here - step * e)) / (2 * step)))
            for e in np.eye(np.size(point))
        ]
    )
