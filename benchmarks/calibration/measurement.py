"""What the verdict makes of right gradients, of seeded ones, and of its oracles' uncertainties."""

from __future__ import annotations

import traceback
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.calibration import peers
from benchmarks.calibration.counts import Counts
from benchmarks.calibration.seeding import SIZES, seeds
from benchmarks.calibration.trials import PEERS, Chunk, Trial, trials
from clinometer.agreement import against_oracle, slope
from clinometer.estimate import Estimate
from clinometer.examination import Examination
from clinometer.formula import Formula, rerun
from clinometer.rounding import largest

#: What sees a seeded error if any of the oracles does.
TOGETHER = "all together"


def measured(chunk: Chunk) -> tuple[Chunk, Counts]:
    """A chunk with its counts, as processes hand them over in whatever order."""
    return chunk, measure(chunk)


def measure(chunk: Chunk) -> Counts:
    """All counts of a chunk. A case that crashes is counted and noted, and the next one goes on."""
    counts = Counts()
    for trial in trials(chunk):
        try:
            with np.errstate(all="ignore"):
                (peers.examine if chunk.kind == PEERS else examine)(trial, counts)
        except Exception:
            counts.add("crashes", chunk.kind, chunk.dtype)
            counts.note("crash", trial.name, traceback.format_exc())
    return counts


def examine(trial: Trial, counts: Counts) -> None:
    """One case: the verdict, the oracles' errors, and what they see of seeded ones."""
    examination = Examination(trial.problem, trial.oracles)
    verdict = examination.verdict(trial.subject)
    evidence, dtype = examination.evidence, trial.problem.dtype
    status = "vacuous" if evidence.vacuous else verdict.status
    counts.add("cases", dtype, trial.family, trial.regime, status)
    for comparison in verdict.comparisons:
        if comparison.status == "disagree":
            event = "witness at fault" if comparison.fault else "false alarm"
            counts.note(event, trial.name, str(comparison))
    for oracle in evidence.refusals:
        counts.add("refusals", dtype, oracle)
    if not evidence.vacuous:
        traced = trial.problem.traced or trial.subject
        formula = rerun(trial.problem, trial.subject, partial(evidence.noise, traced, "float64"))
        of_gradients = [e for e in evidence.estimates if e.oracle in trial.oracles]
        _cover(trial, formula, of_gradients, counts)
        _detect(trial, formula, of_gradients, counts)


def _cover(trial: Trial, formula: Formula, estimates: Sequence[Estimate], counts: Counts) -> None:
    """How often the true error lies within what an oracle states.

    The truth is the gradient on balls, with its proof. What the oracles say of it here, at the
    point alone, is counted as well: so is whether that truth has been confirmed.
    """
    size, dtype = _size(formula), trial.problem.dtype
    proved = {name: radius for name, (_, radius) in formula.enclosures.items()}
    truth = replace(formula, own=proved)
    kinked = {name for e in estimates for name in e.directions if np.any(e.kinks.get(name, False))}
    for estimate in estimates:
        for name in trial.problem.arguments:
            status = against_oracle(name, formula, estimate, size).status
            counts.add("arrays", dtype, estimate.oracle, status)
            if name in formula.enclosures and name not in kinked:
                _cover_array(trial, estimate, name, truth, counts)


def _cover_array(
    trial: Trial, estimate: Estimate, name: str, truth: Formula, counts: Counts
) -> None:
    """A slope along a direction counts as one element; those on kinks are excused."""
    middle, radius = truth.gradients[name], truth.own[name]
    if name in estimate.directions:
        slopes = [slope(truth, name, direction) for direction in estimate.directions[name]]
        middle, radius = (np.array(part) for part in zip(*slopes, strict=True))
    stated = estimate.uncertainties[name]
    ratio = np.abs(estimate.gradients[name] - middle) / (stated + radius)
    silent = ~np.isfinite(stated + np.zeros(np.shape(ratio)))
    excused = estimate.kinks.get(name, np.zeros(np.shape(ratio), dtype=bool)) & ~silent
    beyond = ~(ratio <= 1) & ~silent & ~excused & (estimate.gradients[name] != middle)
    within = ~(silent | excused | beyond)
    masks = {"kinked": excused, "silent": silent, "within": within, "beyond": beyond}
    for word, mask in masks.items():
        counts.add("elements", trial.problem.dtype, estimate.oracle, word, number=np.sum(mask))
    if np.any(beyond):
        worst = float(np.max(np.where(beyond, ratio, 0.0)))
        detail = f"{estimate.oracle}, {name}: an error of {worst:.3g} times the uncertainty"
        counts.note("beyond the uncertainty", trial.name, detail)


def _detect(trial: Trial, formula: Formula, estimates: Sequence[Estimate], counts: Counts) -> None:
    """Which oracles disagree with the gradient when an error is seeded into it.

    Estimates do not depend on the gradient on trial: they are those of the right one.
    """
    random = np.random.default_rng(zlib.crc32(trial.name.encode()))
    for seed in seeds(formula, random):
        for size in SIZES:
            wrong = seed.into_formula(formula, size)
            seen = {
                e.oracle: against_oracle(seed.array, wrong, e, _size(wrong)).status == "disagree"
                for e in estimates
            }
            for witness, found in {**seen, TOGETHER: any(seen.values())}.items():
                words = (trial.problem.dtype, witness, seed.kind, size)
                counts.add("seeded", *words, "found" if found else "missed")


def _size(formula: Formula) -> float:
    return max(largest(array) for name, array in formula.gradients.items() if name != "value")
