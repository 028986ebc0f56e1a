"""Who is wrong where the witnesses are not of one mind: sometimes it is a witness.

A witness is the odd one out where two others agree with the gradient on trial, and each of them
contradicts it. A reading, that is the same function in a framework, may differ because it is
another function; so one of those others must have read the function anew, unless the witness
took it from the same code as they did. Of those an exact one needs no second.

And a framework's gradient is wrong where it is not the slope of the very function that the
framework has read, but the gradient on trial is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from clinometer.agreement import against_oracle
from clinometer.comparison import Comparison
from clinometer.estimate import Estimate, Oracle
from clinometer.formula import Formula
from clinometer.probing import Prober
from clinometer.problem import Problem, scale
from clinometer.verdict import Evidence, Verdict


def reading(oracle: Oracle) -> str:
    """Whose code it evaluates: the problem's own function, or somebody's reading of it."""
    own = oracle.REQUIRES if oracle.NATURE == "autograd" else "function"
    return getattr(oracle, "READING", own)


def accusers(
    accused: Comparison, verdict: Verdict, evidence: Evidence, oracles: Mapping[str, Oracle]
) -> list[str]:
    """The witnesses that agree with the gradient on trial and contradict the accused one."""
    estimates = {estimate.oracle: estimate for estimate in evidence.estimates}
    return [
        c.witness
        for c in verdict.comparisons
        if c.array == accused.array
        and c.status == "agree"
        and c.witness in oracles
        and contradict(c.array, estimates[c.witness], estimates[accused.witness])
    ]


def outvoted(
    accused: Comparison, verdict: Verdict, evidence: Evidence, oracles: Mapping[str, Oracle]
) -> bool:
    """True where the witness is the odd one out by votes.

    Of the function's value, the function on trial is itself a witness.
    """
    against = accusers(accused, verdict, evidence, oracles)
    read = {reading(oracles[name]) for name in against}
    if accused.array == "value":
        against, read = [*against, "function"], {*read, "function"}
    alone = sum(c.array == accused.array and c.accuses for c in verdict.comparisons)
    ours = reading(oracles[accused.witness]) == "function"
    if ours and any(e.exact for e in evidence.estimates if e.oracle in against):
        return True
    independent = len(read) > 1 or reading(oracles[accused.witness]) in read
    return independent and len(against) > max(alone, 1)


def belied(accused: Comparison, problem: Problem, evidence: Evidence) -> bool:
    """True where the witness's own function has not the slope that the witness gives it.

    And it has the slope of the gradient on trial, as far as differences of float64 tell.
    """
    (witness,) = (e for e in evidence.estimates if e.oracle == accused.witness)
    if not witness.read or accused.array == "value":
        return False
    array = problem.arguments[accused.array]
    size = float(scale(array)[accused.index])
    along = np.zeros(array.shape)
    along[accused.index] = size
    slope = Prober(replace(problem, function=witness.read)).slope(accused.array, along)
    bound = slope.uncertainty + accused.uncertainty * size
    right = abs(slope.value - accused.on_trial * size) <= bound
    wrong = not abs(slope.value - accused.reference * size) <= bound
    return right and wrong and not slope.kink


def contradict(name: str, one: Estimate, other: Estimate) -> bool:
    """True where two estimates of an array differ by more than both their uncertainties.

    Slopes along directions may hide it in elements that are tiny beside the others: there they
    are asked for each element.
    """
    if name in other.directions:
        one, other = other, one
    if name in other.directions:
        return False  # slopes along two directions say nothing of each other
    formula = Formula({name: other.gradients[name]}, {name: other.uncertainties[name]})
    if against_oracle(name, formula, one, 0.0).status == "disagree":
        return True
    if name not in one.directions or not one.closer:
        return False
    return against_oracle(name, formula, one.closer(name), 0.0).status == "disagree"
