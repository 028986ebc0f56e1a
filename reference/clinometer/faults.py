"""Faults to put into somebody's gradient, to learn whether a run would have seen them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clinometer.adapters.trial import Trial
from clinometer.contract import call
from clinometer.formula import Formula

#: The number of the point nearby that the stale input comes from.
STALE = 3

#: From a gradient and the size of the batch to the same with a fault.
Fault = Callable[[Any, int], Any]


@dataclass(frozen=True)
class Faulty:
    """A gradient with a fault in every array."""

    fault: str
    formula: Formula


def _one_zeroed(g: Any, batch: int) -> Any:
    """That of median size, which is neither the easiest to see nor the hardest."""
    order = np.argsort(np.abs(g), axis=None)
    nonzero = order[np.abs(g).reshape(-1)[order] > 0]
    return _changed(g, nonzero[nonzero.size // 2 :][:1], 0)


def _two_swapped(g: Any, batch: int) -> Any:
    pair = np.array([np.argmin(g), np.argmax(g)])
    return _changed(g, pair, g.reshape(-1)[pair[::-1]])


def _changed(g: Any, places: Any, values: Any) -> Any:
    changed = g.copy()
    changed.reshape(-1)[places] = values
    return changed


def _transposed(g: Any, batch: int) -> Any:
    """The last two axes, read in the other order."""
    return g.swapaxes(-1, -2).reshape(g.shape) if g.ndim > 1 else g


#: Those that are made of the gradient alone.
FAULTS: Mapping[str, Fault] = {
    "scaled by 1.01": lambda g, batch: g * 1.01,
    "sign flipped": lambda g, batch: -g,
    "one element zeroed": _one_zeroed,
    "two elements swapped": _two_swapped,
    "transposed": _transposed,
    "times the batch size": lambda g, batch: g * batch,
}


def of_the_gradient(formula: Formula, batch: int) -> Iterator[Faulty]:
    """The gradient with each of the faults that need no more than it."""
    arrays = {n: g for n, g in formula.gradients.items() if n != "value" and np.size(g)}
    for name, fault in FAULTS.items():
        gradients = {array: fault(g, batch) for array, g in arrays.items()}
        yield Faulty(name, with_gradients(formula, gradients))


def with_gradients(formula: Formula, gradients: Mapping[str, Any]) -> Formula:
    """Other gradients, as sure as those were."""
    return replace(formula, gradients=gradients, balls={}, enclosures={}, excused=None, broken={})


def of_another_call(formula: Formula, trial: Trial) -> Iterator[Faulty]:
    """What the code on trial says at another cotangent or another point, taken for this one's."""
    problem, objective = trial.problem, trial.objective
    others = {"stale input": (objective, problem.nudged(STALE))}
    if not trial.implementation.code.grad:
        ones = {n: np.ones_like(c) for n, c in objective.cotangents.items()}
        others["cotangent ignored"] = replace(objective, cotangents=ones), problem
    if trial.batch > 1:
        alone = {n: _first_alone(c) for n, c in objective.cotangents.items()}
        others["batch sum lost"] = replace(objective, cotangents=alone), problem
    for name, (other, point) in others.items():
        gradient = trial.implementation.gradient(other)
        gradients, broken = call(gradient, point.cast(gradient.widest))
        sound = {n: g for n, g in gradients.items() if n in problem.arguments and n not in broken}
        yield Faulty(name, with_gradients(formula, sound))


def _first_alone(cotangent: Any) -> Any:
    """The cotangent of the first sample, and nothing for the others."""
    if not cotangent.ndim:
        return cotangent
    alone = np.zeros_like(cotangent)
    alone[:1] = cotangent[:1]
    return alone
