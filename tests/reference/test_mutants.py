"""The table of mistakes: each can be made, each changes something, and each can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from clinometer import registry
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import ReLU, Sigmoid, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.normalisation import BatchNorm
from clinometer.architecture.layers.pooling import MaxPool2d
from clinometer.architecture.losses import L1Penalty, SoftmaxCrossEntropy
from clinometer.campaign.findings import Findings
from clinometer.campaign.run import examine
from clinometer.diagnosis.mistakes import MISTAKES
from clinometer.mutants.applied import applied, source
from clinometer.mutants.cases import KINDS, drawn
from clinometer.mutants.contract import try_contract
from clinometer.mutants.run import own_oracles
from clinometer.mutants.table import Mutant, mutants
from clinometer.mutants.trial import Trial, judge, trials
from clinometer.subjects import hand_written
from handgrad.kernels import SETS, kernel, kinds

QUICK = registry.choose_oracles(["ball_arithmetic"])
SEED = 1
#: Cases among which there is one in which a mistake changes a gradient.
ENOUGH = 300


@pytest.mark.parametrize("mutant", mutants().values(), ids=lambda mutant: mutant.name)
def test_the_text_stands_in_its_file_once(mutant: Mutant) -> None:
    """And what replaces it is another one, which Python takes."""
    assert mutant.right in source(mutant)
    assert mutant.wrong != mutant.right
    with applied(mutant):
        pass


def test_a_text_that_stands_there_twice_is_refused() -> None:
    """Nobody could tell which of them is meant."""
    mutant = replace(mutants()["vectorised.tanh.square_missing"], right="y")
    with pytest.raises(ValueError, match=r"stands .* times in vectorised/tanh.py, not once"):
        source(mutant)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", kinds(SETS[0]))
def test_every_kernel_has_a_mutant_of_its_own(name: str, kind: str) -> None:
    """Layers, joins, losses and penalties, vectorised and looped."""
    assert any(kind in m.layers and m.path.startswith(f"{name}/") for m in mutants().values())


@pytest.mark.parametrize("mutant", mutants().values(), ids=lambda mutant: mutant.name)
def test_what_a_mutant_names_is_there(mutant: Mutant) -> None:
    """Its layers are kinds of which cases can be drawn."""
    assert set(mutant.layers) <= set(KINDS)
    assert mutant.gradients
    assert mutant.category
    assert mutant.why.endswith(".")
    assert mutant.named <= set(MISTAKES)


@pytest.mark.parametrize("trial", trials(), ids=lambda trial: trial.name)
def test_each_mutant_changes_a_gradient_or_the_state(trial: Trial) -> None:
    """In one of the random cases of its layer."""
    assert any(_changes(trial, case) for case in islice(drawn(trial.layer, SEED), ENOUGH))


@np.errstate(all="ignore")
def _changes(trial: Trial, case: Case) -> bool:
    problem = hand_written.problem(case)
    right = _gradients(problem, trial.subject)
    with applied(trial.mutant):
        wrong = _gradients(problem, trial.subject)
        if trial.mutant.state and (tried := try_contract(case, trial.subject)):
            return any(comparison.accuses for comparison in tried.comparisons)
    return wrong is None or any(not np.array_equal(right[name], wrong[name]) for name in right)


def _gradients(problem: Any, subject: str) -> Any:
    """In the case's dtype; None where the code breaks off."""
    try:
        value, gradients = problem.gradients[subject](problem.cast(problem.dtype))
    except Exception:
        return None
    return {**gradients, "value": value}


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_without_a_mistake_is_accused_of_none(kind: str) -> None:
    """By the oracle that is asked first."""
    for case in islice(drawn(kind, SEED), 3):
        assert examine(case, registry.choose_subjects(()), QUICK).status != "disagree"


@pytest.mark.parametrize(
    "kind", sorted({k for m in mutants().values() if m.state for k in m.layers})
)
def test_the_code_without_a_mistake_keeps_the_contract(kind: str) -> None:
    """Of those layers whose mistakes only calls show."""
    tried = [try_contract(case, name) for case in islice(drawn(kind, SEED), 20) for name in SETS]
    assert sum(trial is not None for trial in tried) >= 10
    assert not [c for trial in tried if trial for c in trial.comparisons if c.accuses]


def test_the_rounding_of_many_samples_keeps_the_contract() -> None:
    """In a sum of 300 whose terms nearly cancel: little is left beside what was added up."""
    layers = (
        MaxPool2d((2, 2), (2, 1), (1, 0, 0, 2), (1, 2)),
        ReLU(),
        BatchNorm(2.0**-10),
        BatchNorm(2.0**-10),
    )
    loss, penalty = SoftmaxCrossEntropy(ignored=True), L1Penalty(0.5)
    network = Architecture((2, 4, 5), layers, loss, penalty)
    tried = try_contract(Case(network, batch=1, values="grid", seed=481672528), "looped")
    assert tried
    assert not [c for c in tried.comparisons if c.accuses]


@pytest.mark.parametrize("name", ["vectorised.tanh.square_missing", "shared.last_use_only"])
def test_a_mutant_is_taken_back(name: str) -> None:
    """The very same functions with their own code."""
    codes = dict(_codes())
    with applied(mutants()[name]):
        assert dict(_codes()) != codes
    assert dict(_codes()) == codes


def test_what_a_mutant_remembers_is_taken_back_as_well() -> None:
    """The next one finds nothing of it."""
    trial = trials(("vectorised.dense.never_reset",))[0]
    with applied(trial.mutant):
        for case in islice(drawn("dense", SEED), 6):
            try_contract(case, "vectorised")
        assert vars(kernel("vectorised", "dense").backward)
    assert not vars(kernel("vectorised", "dense").backward)


def _codes() -> Iterator[tuple[str, Any]]:
    from handgrad.steps import LayerStep

    yield "step", LayerStep.backward.__code__
    for kind in ("tanh", "dense"):
        yield kind, kernel("vectorised", kind).backward.__code__


@pytest.mark.parametrize(
    ("name", "blame"),
    [
        ("looped.tanh.square_missing", "tanh: input"),
        ("vectorised.convolution.bias_averaged", "convolution1d: bias"),
        ("vectorised.multiply.own_branch", "parallel (multiply): input"),
        ("looped.l2_penalty.two_missing", "l2_penalty: weight"),
        ("vectorised.dense.never_reset", "dense: weight"),
        ("gradients.clipped", "network: "),
    ],
)
def test_a_mutant_is_caught_and_named(name: str, blame: str) -> None:
    """The layer and the gradient, in a case that fails again."""
    trial = trials((name,))[0]
    result = judge(trial, QUICK, SEED, 20)
    assert result.caught
    assert result.blames == (blame,)
    assert (result.layer_right, result.gradients_right) == (True, True)
    assert "ball_arithmetic" in result.witnesses
    case, maker = Case.from_json(result.case), registry.choose_subjects([trial.subject])
    assert examine(case, maker, QUICK).status == "agree"
    with applied(trial.mutant):
        assert examine(case, maker, QUICK).status == "disagree"


@pytest.mark.parametrize(
    ("name", "called", "right"),
    [
        ("vectorised.tanh.square_missing", "activation's derivative", True),
        ("vectorised.identity.cotangent_ignored", "cotangent ignored", True),
        ("looped.softmax_cross_entropy.cotangent_ignored", "cotangent ignored", True),
        ("vectorised.logistic.overflows", "not finite", True),
        ("vectorised.global_max_pool.all_that_tie", "", None),
    ],
)
def test_the_diagnosis_calls_a_mutant_by_its_name(
    name: str, called: str, right: bool | None
) -> None:
    """Whatever the case in which it is caught; some have none."""
    trial = trials((name,))[0]
    result = judge(trial, registry.choose_oracles(["ball_arithmetic", "complex_step"]), SEED, 100)
    assert result.caught
    assert result.diagnosis_right is right
    assert right is None or result.diagnosis == called


def test_a_wrong_diagnosis_is_told_from_a_right_one() -> None:
    """By the names that the table accepts."""
    trial = trials(("vectorised.tanh.square_missing",))[0]
    other = replace(trial, mutant=replace(trial.mutant, named=frozenset({"transpose"})))
    assert judge(other, QUICK, SEED, 5).diagnosis_right is False


def test_what_is_wrong_at_zeros_alone_is_laid_to_its_layer() -> None:
    """Where differences are not asked, it looks like a kink: a second look asks them."""
    trial = trials(("vectorised.dropout.mask_of_the_output",))[0]
    result = judge(trial, own_oracles(()), SEED, 20)
    assert result.caught
    assert (result.layer_right, result.gradients_right) == (True, True)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")  # the mutant is to blame
def test_digits_that_are_lost_are_laid_to_their_layer() -> None:
    """A case's own numbers are so short that the layer by itself keeps them."""
    trial = trials(("vectorised.dense.input_kept_in_float32",))[0]
    case = Case(Architecture((3,), (Tanh(), Dense(2), Sigmoid())), batch=4)
    maker, oracles = registry.choose_subjects([trial.subject]), own_oracles(())
    with applied(trial.mutant):
        (finding,) = Findings(maker, oracles).of_one(examine(case, maker, oracles))
    assert (finding.blame.kind, finding.blame.arrays) == ("dense", ("weight",))


def test_what_is_no_mistake_is_not_caught() -> None:
    """After as many cases as were asked for."""
    trial = trials(("vectorised.tanh.square_missing",))[0]
    right = replace(trial, mutant=replace(trial.mutant, wrong=trial.mutant.right + " * 1"))
    result = judge(right, QUICK, SEED, 5)
    assert (result.caught, result.cases) == (False, 5)


def test_a_wrong_name_is_told_from_a_right_one() -> None:
    """A join by its block; a network as a whole by nothing else."""
    bias, join = mutants()["looped.dense.sign"], mutants()["looped.add.shared_out"]
    tied, several = (
        mutants()["shared.last_use_only"],
        mutants()["vectorised.average_pool.not_divided"],
    )
    assert bias.names_layer("dense", {"dense"})
    assert not bias.names_layer("dense", {"dense", "tanh"})
    assert not bias.names_layer("dense", set())
    assert bias.names_gradients({"weight"})
    assert not bias.names_gradients({"weight", "bias"})
    assert not bias.names_gradients(set())
    assert join.names_layer("add", {"parallel (add)"})
    assert tied.names_layer("shared parameters", {"network"})
    assert not tied.names_layer("shared parameters", {"dense"})
    assert several.names_layer("average_pool1d", {"average_pool1d", "average_pool2d"})
    assert not several.names_layer("average_pool1d", {"average_pool2d"})
