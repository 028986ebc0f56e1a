"""Other points than the one given: those that rare branches wait for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from clinometer import sides
from clinometer.adapters.objective import Adapter
from clinometer.adapters.trial import SUBJECT, Trial
from clinometer.comparison import Comparison
from clinometer.errors import said
from clinometer.examination import Examination
from clinometer.plan import plan
from clinometer.problem import scale

#: From an array of the problem to another of its shape.
POINTS: Mapping[str, Callable[[Any], Any]] = {
    "beside": lambda x: x + scale(x) / 8,
    "zeros": lambda x: np.where(np.arange(x.size).reshape(x.shape) % 2, x, 0.0),
    "ties": lambda x: np.full_like(x, x.flat[0]) if x.size else x,
    "other signs": lambda x: -x,
    "a large offset": lambda x: x + 64 * np.max(scale(x), initial=1.0),
}
#: The same for indices, with the floating-point arrays as they are.
REPEATED = "repeated indices"


def examine(trial: Trial, budget: int) -> tuple[list[Comparison], dict[str, str]]:
    """What disagrees at other points, and those where nothing could be judged."""
    comparisons: list[Comparison] = []
    skipped: dict[str, str] = {}
    for name, there in _points(trial).items():
        with np.errstate(all="ignore"):
            examination = Examination(there.problem, plan(there.problem, SUBJECT, (), budget))
            if why := _outside(there):
                skipped[f"at {name}"] = why
                continue
            verdict = examination.verdict(SUBJECT)
            held = sides.examine(there, examination, verdict)
        comparisons += [
            replace(c, array=f"{c.array} at {name}")
            for c in (*verdict.comparisons, *held.comparisons)
            if c.accuses
        ]
    return comparisons, skipped


def _points(trial: Trial) -> dict[str, Trial]:
    problem = trial.problem
    points = {
        name: replace(trial, problem=replace(problem, arguments=_moved(trial, move)))
        for name, move in POINTS.items()
    }
    integers = {
        n: x for n, x in trial.implementation.code.leaves().items() if _is_index(x) and x.shape
    }
    if integers:
        points[REPEATED] = _with_repeated(trial, integers)
    return points


def _is_index(leaf: Any) -> bool:
    return "int" in str(getattr(leaf, "dtype", ""))


def _moved(trial: Trial, move: Callable[[Any], Any]) -> dict[str, Any]:
    """The arguments moved, to numbers that the dtype holds."""
    dtype = trial.problem.dtype
    return {
        name: move(array).astype(dtype).astype(np.float64)
        for name, array in trial.problem.arguments.items()
    }


def _with_repeated(trial: Trial, integers: Mapping[str, Any]) -> Trial:
    adapter = trial.implementation
    repeated = {}
    for name, leaf in integers.items():
        array = np.array(adapter.plain(leaf))
        array[...] = array.flat[0]
        repeated[name] = adapter.native(array)
    code = replace(adapter.code, arguments=adapter.code.placed(repeated))
    other: Adapter = type(adapter)(code)  # type: ignore[call-arg] # each adapter is made of code
    objective = replace(trial.objective, code=other)
    function, gradient = other.scalar(objective, trial.problem.arguments)
    problem = replace(trial.problem, function=function, gradients={SUBJECT: gradient}, readings={})
    return replace(trial, implementation=other, objective=objective, problem=problem)


def _outside(trial: Trial) -> str:
    """Why the function has no value there, if it has none."""
    try:
        value = np.asarray(trial.problem.function(trial.problem.cast("float64")))
    except Exception as error:
        return f"the function raised {said(error)}"
    return "" if np.isfinite(value).all() else f"the function is {value} there"
