"""Who is wrong: the gradient on trial, the function, an oracle or a framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Case
from clinometer.architecture.layers.activations import ELU
from clinometer.campaign.run import examine
from clinometer.conventions import VERSIONS
from clinometer.estimate import ANY_SIZE, Estimate
from clinometer.examination import Examination
from clinometer.oracles import ball_arithmetic, complex_step, finite_difference
from clinometer.problem import Problem
from clinometer.registry import choose_oracles, choose_subjects
from tests.reference.defects import DEFECTS, Defect

DIFFERENCES = {
    "ball_arithmetic": ball_arithmetic,
    "complex_step": complex_step,
    "finite_difference": finite_difference,
}
Curve = Callable[[Any], Any]

#: The loss takes the last axis for the classes, so that the cotangent's strides are unusual.
BATCH_NORM = """{"architecture": {"inputs": [2, 1, 4],
    "layers": [{"kind": "batch_norm", "epsilon": 0.5}], "penalty": null,
    "loss": {"kind": "softmax_cross_entropy", "weighted": false, "smoothing": 0, "ignored": false}},
    "dtype": "float64", "batch": 3, "values": "continuous", "seed": 1}"""


def oracle(requires: str, nature: str, estimate: Any) -> SimpleNamespace:
    """An oracle that answers in every case."""
    return SimpleNamespace(
        REQUIRES=requires, STRIDE=1, SIZES=ANY_SIZE, NATURE=nature, estimate=estimate
    )


def framework(name: str, value: Curve, slope: Curve, uncertainty: float = 1e-15) -> SimpleNamespace:
    """A framework whose reading of the function has this value and this derivative."""

    def estimate(problem: Problem) -> Estimate:
        x = problem.arguments["x"]
        gradients = {"value": np.sum(value(x)), "x": slope(x)}
        uncertainties = {n: np.full(np.shape(g), uncertainty) for n, g in gradients.items()}
        return Estimate(name, gradients, uncertainties, 1)

    return oracle(name, "autograd", estimate)


def examined(
    function: Curve,
    gradient: Curve,
    at: float | list[float],
    *frameworks: SimpleNamespace,
    **others: Any,
) -> Examination:
    """Σ f(x) on trial before differences and frameworks."""
    problem = Problem(
        lambda a: np.sum(function(a["x"])),
        {"mine": lambda a: (np.sum(function(a["x"])), {"x": gradient(a["x"])})},
        {"x": np.atleast_1d(at)},
    )
    return Examination(problem, {**DIFFERENCES, **{f.REQUIRES: f for f in frameworks}, **others})


def off(slope: Curve, by: float = 1e-6) -> Curve:
    """The derivative, wrong by a factor."""
    return lambda x: slope(x) * (1 + by)


def test_one_framework_against_all_others_is_named_with_its_error() -> None:
    """The gradient on trial agrees all the same."""
    wrong, right = framework("a", np.exp, off(np.exp)), framework("b", np.exp, np.exp)
    verdict = examined(np.exp, np.exp, 0.5, wrong, right).verdict("mine")
    assert verdict.status == "agree"
    (odd,) = verdict.odd_ones
    assert (odd.fault, odd.array) == ("a", "x")
    assert odd.error == pytest.approx(1e-6 * np.exp(0.5))
    assert odd.reason == "a is wrong here by 1.6e-06"


def test_a_wrong_gradient_on_trial_is_nobody_elses_fault() -> None:
    """All witnesses agree with each other."""
    both = framework("a", np.exp, np.exp), framework("b", np.exp, np.exp)
    verdict = examined(np.exp, off(np.exp), 0.5, *both).verdict("mine")
    assert verdict.status == "disagree"
    assert not verdict.odd_ones


def test_frameworks_that_agree_against_the_function_accuse_it() -> None:
    """The function on trial is another than theirs, though its gradient is its own."""
    both = framework("a", np.exp, np.exp), framework("b", np.exp, np.exp)
    for some in (both, both[:1]):
        verdict = examined(off(np.exp), off(np.exp), 0.5, *some).verdict("mine")
        assert verdict.status == "disagree"
        assert not verdict.odd_ones


def test_a_sharp_witness_is_not_outvoted_by_blunt_ones() -> None:
    """Only balls see an error of 1e-14; the others agree, but contradict nobody."""
    both = framework("a", np.exp, np.exp, 1e-9), framework("b", np.exp, np.exp, 1e-9)
    examination = examined(np.exp, off(np.exp, 1e-14), 0.5, *both)
    for name in ("complex_step", "finite_difference"):  # as sharp, here
        del examination.oracles[name]
    verdict = examination.verdict("mine")
    assert verdict.witnesses["a"] == verdict.witnesses["b"] == "agree"
    assert verdict.status == "disagree"
    assert not verdict.odd_ones


def test_an_oracle_that_fails_on_the_very_same_function_is_outvoted() -> None:
    """By two others that differentiate that function."""

    def mistaken(problem: Problem) -> Estimate:
        return Estimate(
            "mistaken", {"x": np.cos(problem.arguments["x"])}, {"x": np.array([1e-9])}, 1
        )

    wrong = oracle("numpy", "difference", mistaken)
    verdict = examined(np.exp, np.exp, 0.5, mistaken=wrong).verdict("mine")
    assert verdict.status == "agree"
    assert {c.fault for c in verdict.odd_ones} == {"mistaken"}


def test_an_exact_oracle_needs_no_second_against_one_of_the_same_function() -> None:
    """A proof on balls, and something that is sure of another slope."""
    sure = framework("sure", np.exp, off(np.exp))
    sure.NATURE = "analytic"
    oracles = {"ball_arithmetic": ball_arithmetic, "sure": sure}
    problem = examined(np.exp, np.exp, 0.5).problem
    verdict = Examination(problem, oracles).verdict("mine")
    assert verdict.status == "agree"
    assert [c.fault for c in verdict.odd_ones] == ["sure"]


def test_a_framework_whose_gradient_is_not_the_slope_of_its_own_function_is_found_out() -> None:
    """No other framework is asked. Without that function the gradient on trial is in doubt."""
    wrong = framework("a", np.exp, off(np.exp))

    def estimate(problem: Problem, alone: bool) -> Estimate:
        found = wrong.estimate(problem)
        return found if alone else replace(found, read=lambda a: np.sum(np.exp(a["x"])))

    told = oracle("a", "autograd", lambda problem: estimate(problem, alone=False))
    assert examined(np.exp, np.exp, [0.5, 0.25], told).verdict("mine").status == "agree"
    untold = oracle("a", "autograd", lambda problem: estimate(problem, alone=True))
    assert examined(np.exp, np.exp, [0.5, 0.25], untold).verdict("mine").status == "disagree"
    both = off(np.exp)
    assert examined(np.exp, both, [0.5, 0.25], told).verdict("mine").status == "disagree"


@pytest.mark.torch
def test_pytorch_is_blamed_for_its_batch_norm_of_images_one_pixel_high() -> None:
    """Its backward pass mixes up two layouts where both fit the shape; the forward is right."""
    case = Case.from_json(BATCH_NORM)
    oracles = {n: o for n, o in choose_oracles(()).items() if n != "jax_grad"}
    for verdict in examine(case, choose_subjects(()), oracles).verdicts.values():
        assert verdict.status == "agree"
        assert {c.array for c in verdict.odd_ones} == {"x", "1.weight", "1.bias"}
        assert {c.fault for c in verdict.odd_ones} == {"torch_autograd"}


def test_ties_of_every_precision_are_told_apart_by_balls() -> None:
    """Both maxima round to 1; where they tie, the complex step knows of both sides."""

    def slope(x: Any) -> Any:  # 1 - tanh², without the digits that it loses
        return np.where(x == np.max(x), 4 * np.exp(-2 * x) / (1 + np.exp(-2 * x)) ** 2, 0)

    problem = Problem(
        lambda a: np.max(np.tanh(a["x"])),
        {"mine": lambda a: (np.max(np.tanh(a["x"])), {"x": slope(a["x"])})},
        {"x": np.array([60.0, 61.0])},
    )
    verdict = Examination(problem, DIFFERENCES).verdict("mine")
    assert verdict.status == "agree"
    assert not verdict.odd_ones
    assert {c.witness for c in verdict.comparisons if c.status == "agree"} >= {"ball_arithmetic"}


@pytest.mark.torch
def test_a_framework_is_blamed_beside_a_kink() -> None:
    """Where the point is on one, behind which the framework is wrong: at the points nearby."""
    case = Case.from_json(BATCH_NORM)
    kinked = ELU(alpha=2.0), *case.architecture.layers
    architecture = replace(case.architecture, layers=kinked)
    case = replace(case, architecture=architecture, values="grid", seed=2)
    oracles = {n: o for n, o in choose_oracles(()).items() if n != "jax_grad"}
    for verdict in examine(case, choose_subjects(()), oracles).verdicts.values():
        assert any(c.kinks and c.array == "x" for c in verdict.comparisons)
        assert verdict.status == "agree"
        assert {c.array for c in verdict.odd_ones} == {"x", "2.weight", "2.bias"}
        assert {c.fault for c in verdict.odd_ones} == {"torch_autograd"}


def test_two_against_two_is_not_decided_by_votes() -> None:
    """Both frameworks against both differences, everywhere: the functions differ in slope."""
    both = framework("a", np.exp, off(np.exp)), framework("b", np.exp, off(np.exp))
    assert examined(np.exp, np.exp, 0.5, *both).verdict("mine").status == "disagree"


def test_on_a_kink_no_convention_is_wrong() -> None:
    """Slopes 0, 0 and 1 of max(x, 0) at 0."""

    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    def slope(at_zero: float) -> Curve:
        return lambda x: np.where(x == 0, at_zero, x > 0).astype(x.dtype)

    both = framework("a", relu, slope(0.0)), framework("b", relu, slope(1.0))
    verdict = examined(relu, slope(0.0), [0.0, 1.5], *both).verdict("mine")
    assert verdict.status == "agree"
    assert not verdict.odd_ones


def test_frameworks_that_are_wrong_together_are_found_out() -> None:
    """Both lose the slope far out, where the value is right, and are right near 1."""

    def lost(x: Any) -> Any:
        return np.where(np.abs(x) > 4, 0.0, np.exp(x))

    both = framework("a", np.exp, lost), framework("b", np.exp, lost)
    verdict = examined(np.exp, np.exp, -8.0, *both).verdict("mine")
    assert verdict.status == "agree"
    assert {c.fault for c in verdict.odd_ones} == {"a", "b"}
    assert all(c.error == pytest.approx(np.exp(-8.0)) for c in verdict.odd_ones)


def test_a_framework_is_found_out_in_an_element_that_is_tiny_beside_the_others() -> None:
    """Slopes along directions see nothing of it, but its own uncertainty is as small."""

    def estimate(problem: Problem) -> Estimate:
        x = problem.arguments["x"]
        lost, bound = np.where(x < -4, 0.0, np.exp(x)), np.where(x < -4, 1e-20, 1e-9)
        gradients, bounds = {"value": np.exp(x).sum(), "x": lost}, {"value": 1e-9, "x": bound}
        return Estimate("a", gradients, bounds, 1)

    examination = examined(np.exp, np.exp, [0.5, -30.0], oracle("a", "autograd", estimate))
    for name in ("complex_step", "finite_difference"):  # as blunt
        del examination.oracles[name]
    verdict = examination.verdict("mine")
    assert verdict.status == "agree"
    assert [(c.fault, c.index) for c in verdict.odd_ones] == [("a", (1,))]


@pytest.mark.torch
@pytest.mark.jax
def test_a_function_that_is_cut_off_is_not_excused_by_a_right_value_nearby() -> None:
    """A sigmoid clipped at 20: its gradient of 0 at 30 is its own, and the function is wrong."""
    import jax
    import torch

    def clipped(x: Any) -> Any:
        return 1 / (1 + np.exp(-np.minimum(x, 20.0)))

    readings = {
        "torch": lambda a: torch.sigmoid(a["x"]).sum(),
        "jax": lambda a: jax.nn.sigmoid(a["x"]).sum(),
    }
    problem = Problem(
        lambda a: np.sum(clipped(a["x"])),
        {"mine": lambda a: (np.sum(clipped(a["x"])), {"x": 0 * a["x"]})},
        {"x": np.array([30.0])},
        readings=readings,
    )
    verdict = Examination(problem, choose_oracles(())).verdict("mine")
    assert verdict.status == "disagree"
    assert not verdict.odd_ones


IN_FLOAT64 = [defect for defect in DEFECTS if defect.problem.dtype == "float64"]
#: Those that their frameworks' own rounding does not explain.
PLAIN = ("GELU", "softplus", "hypot at 1e155")


@pytest.mark.torch
@pytest.mark.jax
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("defect", IN_FLOAT64, ids=lambda defect: defect.name)
def test_frameworks_are_blamed_for_their_known_defects(defect: Defect) -> None:
    """Before all oracles, and never the gradient by hand."""
    for framework in defect.errors:
        if version(framework).partition("+")[0] != VERSIONS[framework]:
            pytest.skip(f"the defect is one of {framework} {VERSIONS[framework]}")
    verdict = Examination(defect.problem, choose_oracles(())).verdict("hand_written")
    assert verdict.status == "agree"
    frameworks = {"torch_autograd": "torch", "jax_grad": "jax"}
    wrong = set(defect.errors) if defect.name.startswith(PLAIN) else set()
    assert {frameworks[c.fault] for c in verdict.odd_ones} == wrong
