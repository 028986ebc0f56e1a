"""Campaigns: shrinking, localisation, findings, training on iris, costly oracles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from clinometer import registry
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import Identity, Sigmoid
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import Parallel
from clinometer.architecture.losses import L2Penalty, Outputs
from clinometer.campaign.drawing import Draw
from clinometer.campaign.findings import Findings
from clinometer.campaign.iris import CHECKPOINTS, LESSONS, learn
from clinometer.campaign.localisation import Blame, localise
from clinometer.campaign.main_job import MainJob
from clinometer.campaign.run import examine, run
from clinometer.subjects import hand_written
from handgrad.kernels import kernel, kernel_set

COMPLEX = registry.choose_oracles(["complex_step"])
#: PyTorch is several times faster where it is installed; the loop around it is the same.
_TORCH = registry.oracles()["torch_autograd"]
QUICK = COMPLEX if registry.obstacle(_TORCH) else {"torch_autograd": _TORCH}
SUBJECTS = registry.choose_subjects(())

#: Mistakes as people make them: the kernel, the gradient it spoils, how, and what is named.
MISTAKES: list[tuple[str, int, Any, str, str]] = [
    ("dense", 2, lambda g: g / 2, "dense", "bias"),
    ("dense", 1, lambda g: g * 1.001, "dense", "weight"),
    ("dense", 0, lambda g: -g, "dense", "input"),
    ("sigmoid", 0, lambda g: 0 * g, "sigmoid", "input"),
    ("softmax", 0, lambda g: g[:, ::-1], "softmax", "input"),
    ("concatenate", 1, lambda g: 2 * g, "parallel (concatenate)", "input"),
    ("multiply", 0, lambda g: 0 * g, "parallel (multiply)", "input"),
    ("mean_squared_error", 0, lambda g: g * g.size, "mean_squared_error", "input"),
    ("softmax_cross_entropy", 0, lambda g: g * len(g), "softmax_cross_entropy", "input"),
    ("l2_penalty", 0, lambda g: g / 2, "l2_penalty", "weight"),
    ("outputs", 0, lambda g: 0 * g + 1, "outputs", "input"),
]


def spoil(
    monkeypatch: pytest.MonkeyPatch, subject: str, kind: str, number: int, mistake: Any
) -> None:
    """Make one of a kernel's gradients wrong."""
    chosen, numbers = kernel(subject, kind), kernel_set(subject)
    right = chosen.backward

    def wrong(dy: Any, cache: Any) -> tuple[Any, ...]:
        gradients = list(right(dy, cache))
        gradients[number] = numbers.load(mistake(np.array(gradients[number])))
        return tuple(gradients)

    monkeypatch.setattr(chosen, "backward", wrong)


def kinds_of(case: Case) -> set[str]:
    """Of the layers and joins, the loss and the penalty."""
    architecture = case.architecture
    layers = [layer for _, layer, _ in architecture.walk()]
    joins = {layer.join for layer in layers if isinstance(layer, Parallel)}
    others = [architecture.loss, *([architecture.penalty] if architecture.penalty else [])]
    return joins | {part.kind for part in [*layers, *others]}


@pytest.mark.parametrize("subject", hand_written.SUBJECTS)
@pytest.mark.parametrize(("kind", "number", "mistake", "blamed", "array"), MISTAKES)
def test_verify_names_the_layer_and_shrinks_to_it(
    monkeypatch: pytest.MonkeyPatch,
    subject: str,
    kind: str,
    number: int,
    mistake: Any,
    blamed: str,
    array: str,
) -> None:
    """One layer, a batch of at most 2, and nobody else but who has the same kernel is blamed."""
    spoil(monkeypatch, subject, kind, number, mistake)
    draw = Draw(24, seed=4)
    cases = sorted(draw.cases, key=lambda case: kind not in kinds_of(case))[:9]
    outcomes = list(run(cases, SUBJECTS, QUICK))
    findings = Findings(SUBJECTS, QUICK).of(outcomes, draw)
    sharing = [name for name in SUBJECTS if kernel(name, kind) is kernel(subject, kind)]
    assert [finding.blame for finding in findings] == [
        Blame(name, blamed, (array,)) for name in sharing
    ]
    case = findings[0].case
    assert len(case.architecture.layers) == 1
    assert case.batch <= 2
    assert examine(Case.from_json(case.to_json()), SUBJECTS, COMPLEX).status == "disagree"


def test_the_smallest_case_has_no_layer_that_only_widens_its_input() -> None:
    """Softmax needs a width of 2, and with that as its input no layer before it."""

    def ends_in_softmax(case: Case) -> bool:
        architecture = case.architecture
        return architecture.layers[-1].kind == "softmax" and architecture.outputs >= (2,)

    case = Draw(100, seed=0).smallest(ends_in_softmax)
    assert case is not None
    assert case.architecture.inputs == (2,)
    assert [layer.kind for layer in case.architecture.layers] == ["softmax"]


def test_nothing_is_blamed_where_nothing_is_wrong() -> None:
    """The parts of a network that has all kinds of parts."""
    block = Parallel(((), (Dense(3), Sigmoid())), "multiply")
    case = Case(Architecture((3,), (block, Dense(2)), Outputs(), L2Penalty(0.5)), batch=2)
    for subject, maker in SUBJECTS.items():
        assert localise(case, subject, maker, COMPLEX) == {}


def test_a_mistake_of_no_single_layer_is_blamed_on_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A gradient that is wrong only when two layers follow each other."""
    chosen = kernel("vectorised", "dense")
    right = chosen.backward
    monkeypatch.setattr(
        chosen,
        "backward",
        lambda dy, cache: tuple(g * (1 + (dy.shape[1] == 7)) for g in right(dy, cache)),
    )
    wide = Architecture((1,), (Dense(7), Dense(1)), Outputs())
    # Alone, the layer that is 7 wide is wrong too; so look at the one after it, which is not.
    case = Case(wide, batch=2)
    blames = localise(case, "vectorised", SUBJECTS["vectorised"], COMPLEX)
    assert list(blames) == [Blame("vectorised", "dense", ("input", "weight", "bias"))]


def test_findings_say_where_in_the_smallest_case() -> None:
    """Layer by number and kind, and parameter."""
    case = Case(Architecture((2,), (Identity(), Dense(1)), Outputs()))
    outcome = examine(case, SUBJECTS, COMPLEX)
    verdict = outcome.verdicts["looped"]
    by_name = {c.array: c for c in verdict.comparisons}
    from clinometer.campaign.findings import Finding

    finding = Finding(Blame("looped", "dense", ()), 1, case, by_name["2.bias"], verdict)
    assert finding.place == "layer 2 (dense), bias"


def test_costly_oracles_judge_every_so_many_cases() -> None:
    """And at least one in ten."""
    assert all(1 <= oracle.STRIDE <= 10 for oracle in registry.oracles().values())


@pytest.mark.jax
def test_jax_judges_the_first_case_and_then_by_its_stride() -> None:
    """The others are judged without it."""
    oracles = registry.choose_oracles(["complex_step", "jax_grad"])
    outcomes = list(run(Draw(10, seed=4).cases[:10], SUBJECTS, oracles))
    judged = [n for n, o in enumerate(outcomes) if "jax_grad" in o.verdicts["looped"].witnesses]
    assert judged == [0, oracles["jax_grad"].STRIDE]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.architecture.loss.kind)
def test_iris_is_learnt_with_gradients_verified_along_the_way(lesson: Any) -> None:
    """The test loss falls, most flowers are named rightly, every gradient on the way agrees."""
    training = learn(lesson, SUBJECTS, COMPLEX)
    assert not training.failure
    assert [c.epoch for c in training.checkpoints] == list(CHECKPOINTS)
    assert all(c.outcome.status == "agree" for c in training.checkpoints)
    first, *_, last = training.checkpoints
    assert last.test_loss < 0.2 * first.test_loss
    assert last.test_accuracy >= 0.9


def test_a_gradient_that_breaks_the_training_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was verified before it broke stays."""
    spoil(monkeypatch, "vectorised", "dense", 2, lambda g: np.outer(g, g))
    training = learn(LESSONS[0], SUBJECTS, COMPLEX)
    assert "gradient of 1.bias has shape" in training.failure
    assert training.checkpoints[0].outcome.verdicts["vectorised"].status == "disagree"


def quiet() -> Progress:
    """A progress bar that nobody sees."""
    return Progress(console=Console(stderr=True), disable=True)


def test_vacuous_cases_are_passed_over_and_others_take_their_place() -> None:
    """As many informative cases as were asked for."""
    results = MainJob(SUBJECTS, COMPLEX, Draw(60, seed=2), quiet()).run()
    assert len(results.outcomes) == 60
    assert not any(outcome.vacuous for outcome in results.outcomes)
    assert results.status == "agree"
    assert results.findings == []


SATURATED = """{"architecture": {"inputs": [3, 5], "layers": [{"kind": "identity"},
    {"kind": "rnn", "units": 3, "reverse": true, "activation": "tanh"}],
    "loss": {"kind": "hinge"}, "penalty": null},
    "dtype": "float16", "batch": 3, "values": "offset", "seed": 129991}"""


def test_a_gradient_below_all_rounding_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where tanh is 1 up to rounding, which balls see through; but what is wrong there is told."""
    case, balls = Case.from_json(SATURATED), registry.choose_oracles(["ball_arithmetic"])
    blind = examine(case, SUBJECTS, registry.choose_oracles(["finite_difference"]))
    assert blind.vacuous
    assert all(verdict.hidden for verdict in blind.verdicts.values())
    assert examine(case, SUBJECTS, balls).status == "agree"
    spoil(monkeypatch, "vectorised", "rnn", 1, lambda g: g + 1)
    outcome = examine(case, SUBJECTS, balls)
    assert not outcome.vacuous
    assert outcome.verdicts["vectorised"].status == "disagree"


def test_an_interruption_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says that there was one."""
    job = MainJob(SUBJECTS, COMPLEX, Draw(60, seed=2), quiet())
    monkeypatch.setattr(job.progress, "advance", _interrupt_at_10())
    results = job.run()
    assert results.interrupted
    assert not results.outcomes


def _interrupt_at_10() -> Any:
    calls = []

    def advance(task: Any) -> None:
        calls.append(task)
        if len(calls) == 10:
            raise KeyboardInterrupt

    return advance
