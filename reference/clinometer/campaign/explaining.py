"""What mistake would explain the gradients of a case, array by array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from clinometer.architecture import Case
from clinometer.architecture.case import Float64Array
from clinometer.estimate import Oracle
from clinometer.explaining import Accused, Explained, alone
from clinometer.problem import Arrays, Problem
from clinometer.registry import Subject

#: Outputs up to which they are computed, one evaluation of the function each.
FEW = 512
#: The name of the only output.
LOSS = "the loss"


def explain(
    case: Case, subject: str, maker: Subject, oracles: Mapping[str, Oracle]
) -> tuple[Explained, ...]:
    """The wrong arrays of the case; of its dtype's rounding if the formula is right."""
    for dtype in dict.fromkeys(("float64", case.dtype)):
        with np.errstate(all="ignore"):
            found = [*_accused(case, subject, maker, oracles, dtype).explained()]
        if found:
            return tuple(replace(e, where=f"{e.where} in a batch of {case.batch}") for e in found)
    return ()


@dataclass(frozen=True)
class Weighted(Case):
    """A case with another cotangent."""

    weights: Any = None

    def cotangent(self) -> Float64Array:
        return np.asarray(self.weights)


def weighted(case: Case, cotangent: Any) -> Weighted:
    """The case with that cotangent."""
    return Weighted(**{f.name: getattr(case, f.name) for f in fields(Case)}, weights=cotangent)


def _accused(
    case: Case, subject: str, maker: Subject, oracles: Mapping[str, Oracle], dtype: str
) -> Accused:
    problem, target = maker.problem(case), case.target()

    def reweighted(cotangents: Arrays) -> Problem:
        return maker.problem(weighted(case, cotangents[LOSS]))

    return Accused(
        problem=problem,
        subject=subject,
        oracles=oracles,
        cotangents={LOSS: case.cotangent()},
        weighted=reweighted,
        arguments={
            **problem.arguments,
            **case.constants(),
            **({} if target is None else {"target": target}),
        },
        outputs=lambda: dict(_outputs(case, reweighted)),
        counts={
            "the batch size": case.batch,
            "the number of outputs": case.architecture.outputs[-1],
        },
        dtype=dtype,
    )


def _outputs(case: Case, reweighted: Any) -> Iterator[tuple[str, Any]]:
    """The loss by element, which without a loss function is the network's output."""
    ones = np.ones_like(case.cotangent())
    if ones.size <= FEW:
        problems = [reweighted(alone({LOSS: ones}, place)) for place in np.ndindex(ones.shape)]
        values = [problem.function(problem.arguments) for problem in problems]
        yield "y", np.reshape(np.array(values, dtype=np.float64), ones.shape)
