"""What a run has exercised: counts, holes, points along trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from clinometer import registry
from clinometer.architecture import Architecture, Case
from clinometer.architecture.candidates import neighbours, pairs
from clinometer.architecture.layers.activations import LeakyReLU, Sigmoid, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import Parallel
from clinometer.architecture.losses import L2Penalty, Outputs
from clinometer.arrays import exact_in
from clinometer.campaign import main_job
from clinometer.campaign.coverage import coverage
from clinometer.campaign.drawing import Draw
from clinometer.campaign.main_job import MainJob, Results
from clinometer.campaign.run import TRAINED, Outcome, run
from clinometer.campaign.training_points import trained
from clinometer.dtypes import DTYPES
from clinometer.subjects import hand_written
from handgrad.kernels import kernel

SUBJECTS = registry.choose_subjects(())
BLOCK = Parallel(((LeakyReLU(0.25), Dense(3)), ()), "add")
CASE = Case(
    Architecture((3,), (Dense(3), BLOCK, Dense(3)), Outputs(), L2Penalty(0.5), (("3", "1"),)),
    batch=2,
    values="grid",
)


def test_a_case_counts_once_for_each_thing_in_it() -> None:
    """Layers, joins, settings, neighbours inside of blocks and out, and all the rest."""
    counts = coverage([CASE, CASE], DTYPES).counts
    assert counts["layers"]["dense"] == 2
    assert counts["layers"]["tanh"] == 0
    assert counts["joins"] == {"add": 2, "concatenate": 0, "multiply": 0}
    assert counts["settings"]["leaky_relu slope 0.25"] == 2
    assert counts["settings"]["leaky_relu slope -0.5"] == 0
    assert counts["settings"]["l2_penalty strength 0.5"] == 2
    assert (counts["penalties"]["l2_penalty"], counts["penalties"]["none"]) == (2, 0)
    assert counts["neighbours"]["leaky_relu → dense"] == 2
    assert counts["neighbours"]["parallel → dense"] == 2
    assert counts["neighbours"]["dense → dense"] == 0
    assert counts["extras"]["shared parameters"] == 2
    assert counts["extras"]["a batch of one"] == 0
    assert counts["values"]["grid"] == counts["dtypes"]["float64"] == 2


def test_what_never_occurred_is_a_hole() -> None:
    """By its name."""
    holes = coverage([CASE], ("float64",)).holes
    assert "layers: tanh" in holes
    assert "neighbours: tanh → tanh" in holes
    assert not any(hole.startswith("dtypes") for hole in holes)


def test_every_pair_of_neighbours_is_drawn_for() -> None:
    """All that can be, in as many cases as half of those that are drawn."""
    drawn = Draw(2 * len(pairs()), seed=5).cases
    assert {p for case in drawn for p in neighbours(case.architecture.layers)} == set(pairs())


def test_a_hole_in_a_long_run_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a short one it is to be expected."""
    outcome = Outcome(CASE, {})
    monkeypatch.setattr(Outcome, "status", "agree")
    results = Results(outcomes=[outcome] * 3, coverage=coverage([CASE], DTYPES))
    assert (results.holes, results.status) == ([], "agree")
    monkeypatch.setattr(main_job, "COMPLETE", 3)
    assert "layers: tanh" in results.holes
    assert results.status == "inconclusive"


def test_neighbours_that_only_vacuous_cases_had_get_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a run that is to leave no hole; here every case that is drawn at first is one."""
    wanted = ("tanh", "dense"), ("dense", "tanh")
    monkeypatch.setattr(main_job, "COMPLETE", 1)
    monkeypatch.setattr(main_job, "pairs", lambda: wanted)
    oracles = registry.choose_oracles(("ball_arithmetic",))
    job = MainJob(SUBJECTS, oracles, Draw(1, seed=3, dtypes=("float64",)), Progress())
    vars(job.draw)["cases"] = [CASE] * 2
    seen = {p for o in job.run().outcomes for p in neighbours(o.case.architecture.layers)}
    assert seen >= set(wanted)
    assert not any(outcome.vacuous for outcome in job.run().outcomes)


@pytest.mark.parametrize("dtype", DTYPES)
def test_points_along_a_training_are_others_and_exact(dtype: str) -> None:
    """The same network and data, other parameters, which its dtype holds."""
    case = replace(CASE, dtype=dtype)
    later = trained(case, SUBJECTS["vectorised"])
    assert replace(later, parameters=None) == case
    assert later == trained(case, SUBJECTS["vectorised"])
    assert later.parameters is not None
    before, after = case.arguments(), later.arguments()
    assert np.array_equal(before["x"], after["x"])
    for name in later.parameters:
        assert not np.array_equal(before[name], after[name])
        assert np.array_equal(after[name], exact_in(dtype, after[name]))


def test_a_training_that_breaks_off_leaves_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code is on trial, and what it raises is found where it stands."""

    def broken(dy: Any, cache: Any) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(kernel("vectorised", "dense"), "backward", broken)
    assert trained(CASE, SUBJECTS["vectorised"]) is CASE


def test_some_cases_of_a_run_lie_along_a_training() -> None:
    """One in TRAINED."""
    cases = [replace(CASE, seed=n) for n in range(2 * TRAINED)]
    given = [outcome.case.parameters is not None for outcome in run(cases, SUBJECTS, {})]
    assert [n for n, one in enumerate(given, 1) if one] == [TRAINED, 2 * TRAINED]


@pytest.mark.parametrize("wrong", hand_written.SUBJECTS)
def test_a_wrong_forward_pass_with_a_backward_that_matches_is_seen(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Without any framework: the two forward passes are held against each other."""
    chosen = kernel(wrong, "tanh")
    forward, backward = chosen.forward, chosen.backward
    double: Sequence[Any] = (lambda y: 2 * y,)
    if wrong == "looped":
        double = (lambda y: [[2 * number for number in row] for row in y],)
    monkeypatch.setattr(chosen, "forward", lambda x: (double[0](forward(x)[0]), forward(x)[1]))
    monkeypatch.setattr(chosen, "backward", lambda dy, cache: backward(double[0](dy), cache))
    case = Case(Architecture((3,), (Dense(2), Tanh(), Sigmoid()), Outputs()), batch=2)
    oracles = registry.choose_oracles(["complex_step", "ball_arithmetic"])
    verdict = next(run([case], SUBJECTS, oracles)).verdicts["looped"]
    assert verdict.arrays["value"] == "disagree"
    assert verdict.witnesses["function"] == "disagree"
