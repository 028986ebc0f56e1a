"""A plain implementation of the same function, in whichever library: one more witness."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Literal

import numpy as np

from clinometer.adapters.code import Code, Counted
from clinometer.adapters.objective import Adapter, Objective
from clinometer.adapters.trial import Trial
from clinometer.errors import InvalidInput
from clinometer.estimate import ANY_SIZE, Estimate, Oracle, Refused
from clinometer.formula import function_value
from clinometer.oracles import ball_arithmetic, finite_difference
from clinometer.problem import Function, Problem

LIBRARIES = ("numpy", "torch", "jax")


def with_reference(trial: Trial, reference: Callable[..., Any]) -> tuple[Trial, dict[str, Oracle]]:
    """The trial with the reference as a reading, or with an oracle where it is NumPy's.

    A library is tried if the user has loaded it, NumPy first. Raises InvalidInput for what is no
    implementation of the same function.
    """
    failures = []
    for library in LIBRARIES:
        if library not in sys.modules:
            continue
        try:
            objective = _objective(trial, reference, library)
        except InvalidInput:
            raise
        except Exception as error:  # it is written for another library
            failures.append(f"{library} {type(error).__name__}: {error}")
            continue
        if objective is None:
            continue
        if library == "numpy":
            function, _ = objective.code.scalar(objective, trial.problem.arguments)
            return trial, {"reference": NumpyReference(function)}
        readings = {library: objective.value}
        return replace(trial, problem=replace(trial.problem, readings=readings)), {}
    raise InvalidInput(f"the reference takes arrays of no library: {'; '.join(failures)}")


def _objective(trial: Trial, reference: Any, library: str) -> Objective | None:
    """The same objective of the reference; None where it returns another library's arrays."""
    module: Any = import_module(f"clinometer.adapters.{library}")
    mine, code = trial.implementation, trial.implementation.code
    native: Adapter = module.implementation(
        Code(Counted(reference), (), (), trained=module.is_trained)
    )
    fixed = {
        n: native.native(mine.plain(x)) for n, x in code.leaves().items() if hasattr(x, "dtype")
    }
    adapter: Adapter = module.implementation(
        replace(native.code, names=code.names, arguments=code.placed(fixed))
    )
    outputs = adapter.run({name: fixed[name] for name in trial.leaves}).outputs
    arrays = {name: np.asarray(adapter.plain(out)) for name, out in outputs.items()}
    theirs = {name: array.shape for name, array in arrays.items()}
    if not theirs:
        return None
    ours = {name: c.shape for name, c in trial.objective.cotangents.items()}
    if theirs != ours:
        raise InvalidInput(f"the reference returns {theirs}, and the function returns {ours}")
    return replace(trial.objective, code=adapter)


@dataclass(eq=False)
class NumpyReference:
    """Differences of another function than the one on trial."""

    function: Function
    REQUIRES: str = "numpy"
    STRIDE: int = 1
    SIZES: range = ANY_SIZE
    NATURE: Literal["difference", "analytic", "autograd"] = "difference"
    #: Whose code it evaluates, where that is not the problem's own function.
    READING: str = "reference"

    def estimate(self, problem: Problem) -> Estimate:
        """By ball arithmetic, or by finite differences where the reference takes no balls."""
        other = replace(problem, function=self.function)
        try:
            found = ball_arithmetic.estimate(other)
        except Refused:
            found = finite_difference.estimate(other)
        value = function_value(other)
        return replace(
            found,
            oracle="reference",
            gradients={**found.gradients, **value.gradients},
            uncertainties={**found.uncertainties, **value.uncertainties},
        )
