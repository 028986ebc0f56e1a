"""The descriptions of normalisations, dropout and changes of shape: bad settings, and batches."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case, Layer
from clinometer.architecture.layers.activations import Tanh
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.dropout import Dropout
from clinometer.architecture.layers.normalisation import (
    BatchNorm,
    BatchNormEval,
    GroupNorm,
    LayerNorm,
)
from clinometer.architecture.layers.shapes import Flatten, Reshape
from clinometer.architecture.losses import Outputs
from clinometer.campaign.run import examine
from clinometer.errors import InvalidInput
from clinometer.formula import function_value, rerun
from clinometer.registry import choose_oracles, choose_subjects
from clinometer.subjects import hand_written


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        (lambda: BatchNorm(0.0), "epsilon of 'batch_norm' must be a positive number, not 0.0"),
        (lambda: LayerNorm(axes=0), "axes of 'layer_norm' must be an integer from 1 up, not 0"),
        (lambda: GroupNorm(groups=0), "groups of 'group_norm' must be an integer from 1 up, not 0"),
        (lambda: Dropout(1.0), "probability of 'dropout' must be a number from 0 up and below 1"),
        (lambda: Reshape(()), "shape of 'reshape' must be one integer from 1 up, or several"),
        (lambda: Reshape((2, -1)), "shape of 'reshape' must be one integer from 1 up, or several"),
        (
            lambda: Architecture((4, 3), (LayerNorm(axes=3),)),
            "'layer_norm' over 3 axes takes no samples of shape [4, 3]",
        ),
        (
            lambda: Architecture((4, 3), (GroupNorm(groups=3),)),
            "'group_norm' cannot part 4 channels into 3 equal groups",
        ),
        (
            lambda: Architecture((4, 3), (Reshape((5,)),)),
            "'reshape' to [5] takes no samples of shape [4, 3]",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(
    described: Callable[[], object], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        described()


def test_shapes_come_out_as_described() -> None:
    assert Architecture((4, 3), (Flatten(),)).outputs == (12,)
    assert Architecture((12,), (Reshape((2, 3, 2)), Flatten(), Dense(2))).outputs == (2,)


def test_masks_drop_about_as_often_as_the_probability_says() -> None:
    """Each sample has a mask of its own."""
    layers = Dropout(0.25), Dropout(0.75)
    constants = Case(Architecture((50, 40), layers, Outputs()), batch=2).constants()
    for path, kept in ("1", 0.75), ("2", 0.25):
        mask = constants[f"{path}.mask"]
        assert mask.shape == (2, 50, 40)
        assert set(mask.ravel()) == {0, 1}
        assert abs(mask.mean() - kept) < 0.03
        assert not np.array_equal(mask[0], mask[1])


def test_samples_alone_have_no_gradients_where_the_batch_is_normalised() -> None:
    """After training they have, as no sample sees another then."""
    for layer, kept in (BatchNorm(), True), (BatchNormEval(), False):
        assert layer.mixes_samples == kept
        case = Case(Architecture((3,), (Dense(2), layer, Tanh()), Outputs()), batch=4)
        network = hand_written.network(case.architecture, "vectorised")
        parameters = {**case.constants(), **case.arguments()}
        x = parameters.pop("x")
        if kept:
            with pytest.raises(ValueError, match=r"layer 2 \(batch_norm\) mixes the samples of a"):
                network.per_sample_gradients(parameters, x)
        else:
            gradients = network.per_sample_gradients(parameters, x)
            assert gradients["2.weight"].shape == (4, 2)


def test_constants_keep_their_digits_in_the_function_too() -> None:
    """The root of a given variance is as exact there as in the gradient that is held against it."""
    for seed in range(10):
        case = Case(Architecture((3, 5), (BatchNormEval(0.5),), Outputs()), batch=2, seed=seed)
        problem = hand_written.problem(case)
        itself, formula = function_value(problem), rerun(problem, "vectorised")
        error = abs(itself.gradients["value"] - formula.gradients["value"])
        assert error <= itself.uncertainties["value"] + formula.own["value"]


@pytest.mark.torch
@pytest.mark.jax
@pytest.mark.parametrize("values", ["continuous", "grid", "offset"])
@pytest.mark.parametrize(
    ("inputs", "layers"),
    [((3,), (BatchNorm(2.0**-17),)), ((3,), (Dense(2), BatchNorm(2.0**-17), Tanh()))],
)
def test_a_batch_of_one_whose_gradients_vanish_is_no_false_alarm(
    values: str, inputs: tuple[int, ...], layers: tuple[Layer, ...]
) -> None:
    """The variance of one number is zero, and it equals the mean."""
    case = Case(Architecture(inputs, layers, Outputs()), values=values)
    outcome = examine(case, choose_subjects(), choose_oracles())
    assert outcome.status == "agree"
