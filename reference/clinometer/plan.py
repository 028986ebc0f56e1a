"""Which oracles to ask about a user's function, so that it is not called too often."""

from __future__ import annotations

from collections.abc import Sequence

from clinometer import registry
from clinometer.estimate import Oracle
from clinometer.joint_probes import JointProbes
from clinometer.problem import FrameworkCode, Problem
from clinometer.rounding import LARGE, SAMPLES

#: Calls of a small function unless something else is asked for.
BUDGET = 120
#: Of these, for trying the contract.
CONTRACT = 30


def plan(
    problem: Problem, subject: str, names: Sequence[str] = (), budget: int = BUDGET
) -> dict[str, Oracle]:
    """The oracles of those names; where there are none, the best that the budget allows.

    Raises InvalidInput for a name that is unknown or not usable here.
    """
    chosen = registry.choose_oracles(names)
    if names:
        return chosen
    room = budget - CONTRACT - _spent_anyway(problem)
    asked = {name: oracle for name, oracle in chosen.items() if _is_free(name, oracle, problem)}
    for name in DEAR if isinstance(problem.function, FrameworkCode) else CHEAPEST_FIRST:
        if (cost := _cost(name, problem)) <= room or name == "ball_arithmetic":
            asked[name], room = chosen[name], room - cost
    if set(DEAR) & set(asked) or ("ball_arithmetic" in asked and problem.size <= LARGE):
        return asked
    asked["directional_probes"] = JointProbes(subject, room)
    return asked


#: For functions that take our own numbers, and for others.
CHEAPEST_FIRST = ("ball_arithmetic", "complex_step", "finite_difference")
DEAR = ("finite_difference",)


def _cost(name: str, problem: Problem) -> int:
    """Evaluations of the function, at most but for points that need more digits."""
    arrays, size = len(problem.arguments), problem.size
    return {
        "ball_arithmetic": 1 + 4 * arrays,
        "complex_step": size + 4 * arrays,
        "finite_difference": 2 + 20 * size,
    }[name]


def _spent_anyway(problem: Problem) -> int:
    """On the first look, on the noise of the function and of the gradient, on both in full."""
    dtypes = len({"float64", problem.dtype})
    return 7 + (SAMPLES + 1) * (1 + dtypes)


def _is_free(name: str, oracle: Oracle, problem: Problem) -> bool:
    """Readings by frameworks, and what others have registered."""
    if oracle.NATURE == "autograd":
        return oracle.REQUIRES in problem.readings
    return not getattr(oracle, "__name__", "").startswith("clinometer.oracles")
