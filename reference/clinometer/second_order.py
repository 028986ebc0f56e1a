"""The gradient of the gradient on trial: Hessian-vector products.

Along a direction u, ⟨u, ∇L⟩ is a function of the arguments whose gradient is H u. Where a
framework differentiates the backward pass once more, that is put on trial as any gradient is,
before differences of the gradient. A backward pass by hand is not differentiated by anybody; but
the derivative of ⟨u, ∇L⟩ along v has to be that of ⟨v, ∇L⟩ along u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clinometer.adapters.objective import Objective
from clinometer.adapters.trial import Trial
from clinometer.arrays import exact_in
from clinometer.comparison import Comparison, compare
from clinometer.directions import Directions
from clinometer.estimate import Estimate, Oracle, Refused
from clinometer.examination import Examination
from clinometer.oracles import ball_arithmetic, finite_difference
from clinometer.plan import plan
from clinometer.problem import Arrays, FrameworkCode, Problem

SUBJECT = "second"
#: By this part of itself a derivative may be off where the code holds constants as doubles.
CONSTANTS = 2.0**-40
#: The array under which the symmetry of the Hessian stands.
SYMMETRY = "⟨Hu, v⟩ = ⟨u, Hv⟩"


def examine(trial: Trial, budget: int) -> list[Comparison]:
    """The comparisons of H u, an array `H u of x` for each argument, or of the symmetry of H."""
    problem, dtype = trial.problem, trial.problem.dtype
    along = {n: Directions(n, array, 2) for n, array in problem.arguments.items()}
    u, v = ({n: exact_in(dtype, d[number]) for n, d in along.items()} for number in range(2))
    if trial.implementation.code.by_hand:
        return [_symmetry(trial, u, v)]
    slope = Slope(**vars(trial.objective), directions=u)
    function, gradient = trial.implementation.scalar(slope, problem.arguments)
    second = replace(problem, function=function, gradients={SUBJECT: gradient}, readings={})
    verdict = Examination(second, plan(second, SUBJECT, budget=budget)).verdict(SUBJECT)
    return [
        replace(c, array=f"H u of {c.array}") for c in verdict.comparisons if c.array != "value"
    ]


@dataclass(frozen=True, eq=False, kw_only=True)
class Slope(Objective):
    """⟨u, ∇L⟩, where the gradient is the one on trial."""

    directions: Arrays

    def value(self, point: Arrays) -> Any:
        """By the framework's gradient, or by hand."""
        if self.by_hand:
            gradients = super().gradient(point)[1]
        else:
            gradients = dict(self.code.differentiated(super().value, point))
        total: Any = 0
        for name, along in self.directions.items():
            total = total + (self.code.like(point[name], along) * gradients[name]).sum()
        return total


@dataclass(frozen=True, eq=False, kw_only=True)
class Line(Slope):
    """The same as a function of the step along v."""

    point: Arrays
    other: Arrays

    def value(self, point: Arrays) -> Any:
        """At the point that lies so many steps along v."""
        step, like = point["step"], self.code.like
        moved = {n: like(step, x) + step * like(step, self.other[n]) for n, x in self.point.items()}
        return super().value(moved)


@np.errstate(all="ignore")  # what is not finite shows in the comparison
def _symmetry(trial: Trial, u: Arrays, v: Arrays) -> Comparison:
    """The derivative of ⟨u, ∇L⟩ along v beside that of ⟨v, ∇L⟩ along u."""
    try:
        one, other = _derivative(trial, u, v), _derivative(trial, v, u)
    except Refused as refusal:
        return Comparison(SYMMETRY, "symmetry", "inconclusive", str(refusal))
    mine, theirs = (np.asarray(estimate.gradients["step"]).reshape(1) for estimate in (one, other))
    bound = CONSTANTS * np.maximum(np.abs(mine), np.abs(theirs))
    bound += sum(np.asarray(e.uncertainties["step"]).reshape(1) for e in (one, other))
    return compare(SYMMETRY, "symmetry", mine, theirs, bound, np.ones(1, dtype=bool))


def _derivative(trial: Trial, u: Arrays, v: Arrays) -> Estimate:
    """Differences of ⟨u, ∇L⟩ along v; on balls where the backward pass takes them."""
    adapter, point = trial.implementation, trial.problem.arguments
    line = Line(**vars(trial.objective), directions=u, point=point, other=v)
    steps = {"step": np.zeros(())}
    shows = not isinstance(next(iter(trial.problem.gradients.values())), FrameworkCode)
    function = line.value if shows else adapter.hidden(line.value)
    problem = Problem(function, {}, steps, trial.problem.dtype)
    differences: Oracle = ball_arithmetic if shows else finite_difference
    found = differences.estimate(problem)
    if "step" not in found.directions:
        return found
    factor = float(found.directions["step"][0])
    return replace(
        found,
        gradients={"step": found.gradients["step"] / factor},
        uncertainties={"step": found.uncertainties["step"] / abs(factor)},
    )
