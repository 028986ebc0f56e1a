"""Differences neuron by neuron: right within their uncertainty, or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import Parallel
from clinometer.architecture.losses import (
    L2Penalty,
    MeanSquaredError,
    Outputs,
    RowSquaredError,
    SoftmaxCrossEntropy,
)
from clinometer.estimate import Refused
from clinometer.examination import Examination
from clinometer.formula import WIDE, rerun
from clinometer.oracles import finite_difference, neuron_wise
from clinometer.problem import Affine, Place, Problem, Structure
from clinometer.rounding import SAMPLES
from clinometer.subjects import hand_written
from handgrad.kernels import SETS, kernel

DEEP = (Dense(24), Tanh(), Dense(20), ReLU(), Dense(16), Softmax(), Dense(5))
BRANCHED = (
    Dense(20),
    Parallel(((Dense(20), Sigmoid()), (LeakyReLU(0.25), Dense(20))), "multiply"),
    Dense(6),
)
NETWORKS = {
    "deep": Architecture((12,), DEEP, SoftmaxCrossEntropy()),
    "penalised": Architecture((12,), DEEP, SoftmaxCrossEntropy(), L2Penalty(0.5)),
    "branched": Architecture((10,), BRANCHED, MeanSquaredError()),
}


def problem_of(name: str) -> Problem:
    """A network of more than a thousand parameters, on six samples."""
    return hand_written.problem(Case(NETWORKS[name], batch=6, seed=1))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_gradient_lies_within_its_uncertainty(name: str) -> None:
    """Which is small beside the gradient."""
    problem = problem_of(name)
    estimate = neuron_wise.estimate(problem)
    formula = rerun(problem, "vectorised")
    assert set(estimate.gradients) == set(problem.arguments)
    for array, gradient in estimate.gradients.items():
        error = np.abs(gradient - formula.gradients[array])
        assert np.all(error <= estimate.uncertainties[array])
        assert np.max(estimate.uncertainties[array]) < 1e-5 * np.max(np.abs(gradient))


LAYERS = [
    Dense(3),
    Dense(5),
    ReLU(),
    LeakyReLU(0.25),
    Tanh(),
    Softmax(),
    Parallel(((), (Sigmoid(),)), "multiply"),
    Parallel(((Dense(3),), (Dense(2), Tanh())), "concatenate"),
]
LOSSES = [MeanSquaredError(), SoftmaxCrossEntropy(), RowSquaredError(), Outputs()]


@st.composite
def plain_cases(draw: st.DrawFn) -> Case:
    """Those whose structure is known: dense layers, and others on features."""
    layers = tuple(draw(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=5)))
    penalty = draw(st.sampled_from([None, L2Penalty(0.5)]))
    return Case(
        Architecture((4,), layers, draw(st.sampled_from(LOSSES)), penalty),
        batch=draw(st.integers(1, 4)),
        values=draw(st.sampled_from(["continuous", "grid"])),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


@given(plain_cases())
def test_the_uncertainty_holds_on_random_networks(case: Case) -> None:
    """Of any layers, losses and branches, where no kink gives conventions a choice."""
    problem = hand_written.problem(case)
    with np.errstate(all="ignore"):
        kinks = finite_difference.estimate(problem).kinks
        assume(not any(flags.any() for flags in kinks.values()))
        estimate = neuron_wise.estimate(problem)
        formula = rerun(problem, "vectorised")
        for name, gradient in estimate.gradients.items():
            bound = estimate.uncertainties[name] + formula.own[name]
            assert np.all(np.abs(gradient - formula.gradients[name]) <= bound), name


@pytest.mark.parametrize("kind", ["dense", "tanh", "softmax_cross_entropy"])
@pytest.mark.parametrize("subject", SETS)
def test_a_wrong_kernel_in_a_large_network_is_caught(
    monkeypatch: pytest.MonkeyPatch, subject: str, kind: str
) -> None:
    """A gradient off by a thousandth in its largest element, by this oracle alone."""
    chosen = kernel(subject, kind)
    right = chosen.backward

    def wrong(dy: Any, cache: Any) -> tuple[Any, ...]:
        first, *others = right(dy, cache)
        spoilt = np.array(first)
        spoilt.flat[np.argmax(np.abs(spoilt))] *= 1.001
        return spoilt if subject == "vectorised" else spoilt.tolist(), *others

    def verdict() -> str:
        oracles = {"neuron_wise": neuron_wise}
        return Examination(problem_of("deep"), oracles).verdict(subject).witnesses["neuron_wise"]

    assert verdict() == "agree"
    monkeypatch.setattr(chosen, "backward", wrong)
    assert verdict() == "disagree"


def test_the_function_as_a_whole_is_evaluated_33_times() -> None:
    """Whatever the size of the network; measuring its noise comes on top."""
    problem, calls = problem_of("deep"), []

    def function(arguments: Any) -> Any:
        calls.append(1)
        return problem.function(arguments)

    estimate = neuron_wise.estimate(replace(problem, function=function))
    assert (estimate.oracle, estimate.evaluations) == ("neuron_wise", 33)
    assert 33 < len(calls) <= 33 + 1 + SAMPLES


def test_unknown_structures_are_refused() -> None:
    """With the reason."""
    with pytest.raises(Refused, match="not known"):
        neuron_wise.estimate(replace(problem_of("deep"), structure=None))


def with_first_step(problem: Problem, **changes: Any) -> Problem:
    """The problem with a structure whose first layer is described wrongly."""
    told = problem.structure
    assert told

    def structure(arguments: Any) -> Structure:
        known = told(arguments)
        *others, first = known.places
        return replace(known, places=[*others, replace(first, **changes)])

    return replace(problem, structure=structure)


def test_a_structure_that_is_not_as_described_is_refused() -> None:
    """Slopes along directions betray inputs, followers and sources that are not what they seem."""
    problem = problem_of("deep")
    assert problem.structure
    first = problem.structure(problem.arguments).places[-1]
    wrong_inputs = first.inputs * (1 + 1e-3 * np.eye(*first.inputs.shape))
    for changes in (
        {"inputs": wrong_inputs},
        {"activation": np.sin},
        {"rest": lambda z: 2 * first.rest(z), "following": None},
    ):
        with pytest.raises(Refused, match="other slopes"):
            neuron_wise.estimate(with_first_step(problem, **changes))
    two_readers = problem_of("branched")
    function = two_readers.function
    spoilt = replace(two_readers, function=lambda a: function(a) + 1e-3 * a["x"].sum())
    with pytest.raises(Refused, match="other slopes"):
        neuron_wise.estimate(spoilt)


def test_what_goes_into_the_layers_is_right_to_the_last_digits() -> None:
    """Though they come out of sums in which digits cancel."""
    problem = problem_of("deep")
    large = replace(problem, arguments={n: 8 * a for n, a in problem.arguments.items()})
    assert large.structure
    rounded, wide = (large.structure(large.cast(dtype)).places for dtype in (np.float64, WIDE))
    assert rounded[0].inputs.dtype == np.float64
    for mine, exact in zip(rounded, wide, strict=True):
        np.testing.assert_allclose(mine.inputs, exact.inputs, rtol=2e-16, atol=0)
        np.testing.assert_allclose(mine.values, exact.values, rtol=2e-16, atol=0)


def test_inputs_that_underflow_have_no_more_digits_than_are_left_of_them() -> None:
    """Numbers below the smallest normal one are rounded to multiples of the smallest of all."""
    x = np.array([[1.7e-321, 1.0], [0.0, 2.0]])
    weight = np.array([[1.0], [0.25]])

    def structure(arguments: Any) -> Structure:
        z = x @ arguments["weight"] + arguments["bias"]
        rest = np.sum
        step = Affine(weight="weight", bias="bias", inputs=x, values=z, rest=rest)
        return Structure([step])

    problem = Problem(
        lambda a: (x @ a["weight"] + a["bias"]).sum(),
        {},
        {"weight": weight, "bias": np.zeros(1)},
        structure=structure,
    )
    estimate = neuron_wise.estimate(problem)
    assert estimate.uncertainties["weight"][0, 0] >= 5e-324
    assert abs(estimate.gradients["weight"][1, 0] - 3) <= estimate.uncertainties["weight"][1, 0]


@pytest.mark.parametrize(
    "mix",
    [
        lambda z: z - z.mean(axis=0),
        lambda z: z.sum(axis=-2),
        np.add.reduce,  # which is along the first axis
        lambda z: np.maximum.reduce(z, axis=(0, 1)),
    ],
)
def test_samples_that_mix_are_refused(mix: Any) -> None:
    """A layer that looks at the whole batch."""
    x = np.random.default_rng(0).normal(size=(8, 40))
    weight = np.random.default_rng(1).normal(size=(40, 30))

    def rest(z: Any) -> Any:
        return np.tanh(mix(z)).sum()

    def structure(arguments: Any) -> Structure:
        z = arguments["x"] @ arguments["weight"] + arguments["bias"]
        step = Affine(weight="weight", bias="bias", inputs=arguments["x"], values=z, rest=rest)
        return Structure([step])

    def function(arguments: Any) -> Any:
        return rest(arguments["x"] @ arguments["weight"] + arguments["bias"])

    problem = Problem(
        function, {}, {"x": x, "weight": weight, "bias": np.zeros(30)}, structure=structure
    )
    with pytest.raises(Refused, match="depend on each other"):
        neuron_wise.estimate(problem)


@pytest.mark.parametrize("size", [2.0**-20, 1.0, 2.0**20])
@pytest.mark.parametrize("slope", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    ("distance", "sure"), [(2.0**-14, 1e-6), (2.0**-16, 1e-6), (2.0**-22, 1e-4), (2.0**-30, 2.1)]
)
def test_a_kink_close_by_is_kept_clear_of_by_a_shorter_step(
    size: float, slope: float, distance: float, sure: float
) -> None:
    """In units of the numbers that are moved; the shortest may still take it in."""
    z = np.array([[1.25, 1.5, 1.75, 2.0], [1.25, 1.75, 1 + distance, 1.5]])

    def rest(moved: Any) -> Any:
        x = moved / size
        return np.sum(slope * (np.sin(x) + 4 * np.maximum(x - 1, 0)))

    problem = Problem(
        lambda a: rest(a["z"]),
        {},
        {"z": z * size},
        structure=lambda a: Structure([Place(name="z", values=a["z"], rest=rest)]),
    )
    estimate = neuron_wise.estimate(problem)
    error = np.abs(estimate.gradients["z"] * size / slope - (np.cos(z) + 4))
    bound = estimate.uncertainties["z"] * size / slope
    assert np.all(error <= bound)
    assert np.all(bound[:, [0, 1, 3]] < 1e-7)
    assert bound[1, 2] < sure


def test_a_kink_that_one_sample_stands_on_makes_its_neuron_uncertain() -> None:
    """By at least half the jump of the slope, so that no convention is called wrong."""
    problem = problem_of("deep")
    bias = problem.arguments["3.bias"].copy()
    assert problem.structure
    second = problem.structure(problem.arguments).places[-2]
    bias[4] -= second.values[2, 4]
    moved = replace(problem, arguments={**problem.arguments, "3.bias": bias})
    estimate = neuron_wise.estimate(moved)
    uncertain = estimate.uncertainties["3.bias"]
    assert uncertain[4] > 1000 * np.median(uncertain)
