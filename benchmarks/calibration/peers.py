"""Other checkers at their defaults, by real calls, on the same right and seeded gradients."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.calibration.counts import Counts
from benchmarks.calibration.seeding import seeds
from benchmarks.calibration.trials import Trial
from benchmarks.peers import SELF_CONTAINED, Peer, course_work, scipy_check_grad
from clinometer.examination import Examination
from clinometer.formula import rerun
from clinometer.problem import Gradient

#: Relative errors: fewer than for the oracles, for these calls are slow.
SIZES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8)
OURS = "clinometer"

PEERS: Mapping[str, Peer] = {
    **SELF_CONTAINED,
    "scipy check_grad, below 1e-4": scipy_check_grad(1e-4),
    "scipy check_grad, below 1e-6": scipy_check_grad(1e-6),
    "CS231n relative error below 1e-2": course_work(1e-2),
    "CS231n relative error below 1e-5": course_work(1e-5),
}


def examine(trial: Trial, counts: Counts) -> None:
    """One case before every checker, ours included: the right gradient, and seeded ones."""
    dtype, right = trial.problem.dtype, trial.problem.gradients[trial.subject]
    random = np.random.default_rng(zlib.crc32(trial.name.encode()))
    formula = rerun(trial.problem, trial.subject)
    wrong = {
        (seed.kind, size): seed.into_gradient(right, size)
        for seed in seeds(formula, random)
        for size in SIZES
    }
    gradients = {("right", 0.0): right, **wrong}
    for name, peer in PEERS.items():
        if not peer.missing:
            for key, gradient in gradients.items():
                passed = _quietly(peer, trial, name, gradient, counts)
                counts.add("peers", dtype, name, *key, "passed" if passed else "failed")
    for key, status in _our_verdicts(trial, gradients).items():
        counts.add("peers", dtype, OURS, *key, "failed" if status == "disagree" else "passed")


def _quietly(peer: Peer, trial: Trial, name: str, gradient: Gradient, counts: Counts) -> bool:
    """A checker that raises something else than its verdict has not passed; it is noted."""
    passed, raised = peer.tried(trial.problem, gradient)
    if raised:
        counts.note("peer raised", trial.name, f"{name}: {raised}")
    return passed


def _our_verdicts(trial: Trial, gradients: Mapping[Any, Gradient]) -> dict[Any, str]:
    """The whole verdict, with its looks beside the point, of all gradients before one evidence."""
    named = {str(key): gradient for key, gradient in gradients.items()}
    problem = replace(trial.problem, gradients=named, traced=next(iter(named)))
    examination = Examination(problem, trial.oracles)
    return {key: examination.verdict(str(key)).status for key in gradients}
