"""A Jacobian-vector product by hand on trial, by ⟨Ju, v⟩ = ⟨u, Jᵀv⟩ and by differences.

A direction u goes through each argument. What the product says of ⟨cotangent, outputs⟩ along it
is the derivative of a function of one number, the step along u: so a problem with one number for
each argument puts the product on trial as any gradient is. One more witness is the adjoint
identity (Claerbout 1992): the gradient by the backward pass along the same direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from clinometer import trees
from clinometer.adapters.code import OUT
from clinometer.adapters.objective import Objective
from clinometer.adapters.trial import Trial
from clinometer.agreement import slope
from clinometer.arrays import exact_in
from clinometer.comparison import Comparison
from clinometer.directions import Directions
from clinometer.errors import InvalidInput
from clinometer.estimate import ANY_SIZE, Estimate, Oracle
from clinometer.examination import Examination
from clinometer.formula import Formula
from clinometer.implementation import Leaves
from clinometer.plan import plan
from clinometer.problem import Arrays, Problem

#: The name under which the product is on trial.
SUBJECT = "jvp"


def examine(
    trial: Trial, jvp: Callable[..., Any], formula: Formula, right: Iterable[str], budget: int
) -> list[Comparison]:
    """The comparisons of the product, an array `jvp along x` for each argument.

    `jvp` goes from the tangents, a tuple like the arguments with None for what is held fixed, and
    the arguments to the tangents of the outputs. The adjoint identity is asked of the arguments
    whose gradient is right.
    """
    point, dtype = trial.problem.arguments, trial.problem.dtype
    directions = {n: exact_in(dtype, Directions(n, array)[0]) for n, array in point.items()}
    product = Product(**vars(trial.objective), point=point, directions=directions, jvp=jvp)
    steps = {name: np.zeros(()) for name in point}
    function, gradient = trial.implementation.scalar(product, steps)
    problem = Problem(function, {SUBJECT: gradient}, steps, dtype)
    oracles: dict[str, Oracle] = plan(problem, SUBJECT, budget=budget)
    oracles["adjoint"] = Adjoint(formula, {name: directions[name] for name in right})
    verdict = Examination(problem, oracles).verdict(SUBJECT)
    return [
        replace(c, array=f"jvp along {c.array}") for c in verdict.comparisons if c.array != "value"
    ]


@dataclass(frozen=True, eq=False, kw_only=True)
class Product(Objective):
    """The objective as a function of the steps along a direction in each argument."""

    point: Arrays
    directions: Arrays
    jvp: Callable[..., Any]

    @property
    def by_hand(self) -> bool:
        """The product is."""
        return True

    def leaves(self, point: Arrays) -> dict[str, Any]:
        """The implementation's leaves at those steps."""
        return super().leaves({n: self._like(n, step) for n, step in point.items()})

    def _like(self, name: str, step: Any) -> Any:
        x, along = (self.code.like(step, a[name]) for a in (self.point, self.directions))
        return x + step * along

    def gradient(self, point: Arrays) -> tuple[Any, dict[str, Any]]:
        """The value, and what the product says along each direction."""
        leaves = self.leaves(point)
        arguments, outputs = self.code.code.placed(leaves), self.code.outputs(leaves)
        slopes = {name: self._slope(name, arguments, point, outputs) for name in point}
        return self.paired(point, outputs), slopes

    def _slope(self, name: str, arguments: Any, point: Arrays, outputs: Leaves) -> Any:
        tangents = {
            n: self.code.like(step, self.directions[n] if n == name else 0 * self.directions[n])
            for n, step in point.items()
        }
        none = dict.fromkeys((*self.code.code.leaves(), *self.held))
        leaves = {**none, **super().leaves(tangents), **dict.fromkeys(self.held)}
        returned = self.jvp(self.code.code.placed(leaves), *arguments)
        tangents = dict(trees.leaves(returned, OUT))
        own = _dtype(next(iter(point.values()))) == self.dtype
        for output in self.cotangents:
            _require_alike(output, tangents.get(output), outputs[output], own)
        return self.paired(point, tangents)


def _require_alike(name: str, tangent: Any, out: Any, own: bool) -> None:
    """Raises InvalidInput unless the tangent has the output's shape, and in its own dtype that."""
    if not hasattr(tangent, "shape") and not isinstance(tangent, (float, complex)):
        raise InvalidInput(f"jvp gives no array as the tangent of {name}")
    if np.shape(tangent) != np.shape(out):
        shapes = tuple(np.shape(tangent)), tuple(np.shape(out))
        raise InvalidInput(f"the tangent of {name} has shape {shapes[0]}, not {shapes[1]}")
    if own and _dtype(tangent) != _dtype(out):
        raise InvalidInput(f"the tangent of {name} has dtype {_dtype(tangent)}, not {_dtype(out)}")


def _dtype(numbers: Any) -> str:
    """Its name; that of Python's numbers is NumPy's."""
    dtype = numbers.dtype if hasattr(numbers, "dtype") else np.asarray(numbers).dtype
    return str(dtype).removeprefix("torch.")


@dataclass(eq=False)
class Adjoint:
    """The slopes of the gradient by the backward pass."""

    formula: Formula
    directions: Arrays
    REQUIRES: str = "numpy"
    STRIDE: int = 1
    SIZES: range = ANY_SIZE
    NATURE: Literal["difference", "analytic", "autograd"] = "analytic"

    def estimate(self, problem: Problem) -> Estimate:
        """Without a call of the function."""
        slopes = {name: slope(self.formula, name, u) for name, u in self.directions.items()}
        return Estimate(
            "adjoint",
            {name: np.asarray(mine) for name, (mine, _) in slopes.items()},
            {name: np.asarray(own) for name, (_, own) in slopes.items()},
            evaluations=0,
        )
