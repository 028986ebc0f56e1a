"""Who is wrong where the witnesses are not of one mind: sometimes it is a witness.

A witness is the odd one out where two others agree with the gradient on trial, and each of them
contradicts it. A reading, that is the same function in a framework, may differ because it is
another function; so one of those others must have read the function anew, unless the witness
took it from the same code as they did.
"""

from __future__ import annotations

from collections.abc import Mapping

from clinometer.agreement import against_oracle
from clinometer.comparison import Comparison
from clinometer.estimate import Estimate, Oracle
from clinometer.formula import Formula
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
    """True where the witness is the odd one out.

    Of the function's value, the function on trial is itself a witness.
    """
    against = accusers(accused, verdict, evidence, oracles)
    read = {reading(oracles[name]) for name in against}
    if accused.array == "value":
        against, read = [*against, "function"], {*read, "function"}
    alone = sum(c.array == accused.array and c.accuses for c in verdict.comparisons)
    independent = len(read) > 1 or reading(oracles[accused.witness]) in read
    return independent and len(against) > max(alone, 1)


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
