"""Architectures: JSON both ways, shapes, names, and sentences for what does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from clinometer.architecture import LAYERS, LOSSES, PENALTIES, Architecture
from clinometer.architecture.layers.activations import LeakyReLU, ReLU, Sigmoid
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.parallel import Parallel
from clinometer.architecture.losses import L2Penalty, RowSquaredError
from clinometer.architecture.strategies import architectures
from clinometer.errors import InvalidInput

BLOCK = Parallel(((), (Dense(5), Sigmoid()), (ReLU(),)), "concatenate")
SAMPLE = Architecture(
    (3,), (Dense(4), BLOCK, LeakyReLU(-0.5)), RowSquaredError(), L2Penalty(strength=0.25)
)


def described(**changes: Any) -> dict[str, Any]:
    """The sample's JSON with some of it changed."""
    return SAMPLE.to_json() | changes


@given(architectures())
def test_json_goes_both_ways(architecture: Architecture) -> None:
    """Through text, as in a file."""
    assert Architecture.from_json(json.loads(json.dumps(architecture.to_json()))) == architecture


def test_shapes_and_names_follow_the_layers() -> None:
    """A block's branches read its input; concatenation adds their widths."""
    assert SAMPLE.outputs == (4 + 5 + 4,)
    assert SAMPLE.parameter_shapes == {
        "1.weight": (3, 4),
        "1.bias": (4,),
        "2.2.1.weight": (4, 5),
        "2.2.1.bias": (5,),
    }
    assert [(path, layer.kind) for path, layer, _ in SAMPLE.walk()] == [
        ("1", "dense"),
        ("2", "parallel"),
        ("2.2.1", "dense"),
        ("2.2.2", "sigmoid"),
        ("2.3.1", "relu"),
        ("3", "leaky_relu"),
    ]


def test_descriptions_are_immutable_and_hashable() -> None:
    """So that a case can be a key."""
    assert hash(SAMPLE) == hash(Architecture.from_json(SAMPLE.to_json()))
    with pytest.raises(AttributeError):
        SAMPLE.inputs = (4,)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            described(layers=[{"kind": "densee"}]),
            "no layer 'densee'; there are: identity, sigmoid,",
        ),
        (described(loss={"kind": "mse"}), "no loss 'mse'; there are: mean_squared_error,"),
        (described(penalty={"kind": "l3"}), "no penalty 'l3'; there are: l2_penalty"),
        (described(layers=[{"kind": "dense"}]), "the layer 'dense' needs 'units'"),
        (described(layers=[{"kind": "dense", "units": "4"}]), "units of 'dense' must be a int"),
        (described(layers=[{"kind": "dense", "units": True}]), "units of 'dense' must be a int"),
        (described(layers=[{"kind": "dense", "units": 0}]), "must be an integer from 1 up, not 0"),
        (
            described(layers=[{"kind": "relu", "slope": 1}]),
            "'relu' has no 'slope'; it has: nothing",
        ),
        (
            described(layers=[{"kind": "leaky_relu", "slope": float("nan")}]),
            "must be a finite number",
        ),
        (described(layers=["relu"]), "a layer is an object with a \"kind\", not 'relu'"),
        (described(layers=[]), "needs at least one layer"),
        (described(layers={}), '"layers" of an architecture must be a list'),
        (described(inputs=[0]), r"inputs must be a shape such as \[4\], not \[0\]"),
        (described(inputs=["3"]), "inputs must be a shape"),
        ({"inputs": [3]}, 'an object with "inputs", "layers", "loss" and "penalty"'),
        ([], "an architecture is an object"),
        (
            described(
                layers=[{"kind": "parallel", "branches": [[], [{"kind": "dense", "units": 2}]]}]
            ),
            r"shapes \[\(3,\), \(2,\)\]; to add them they must be equal",
        ),
        (
            described(layers=[{"kind": "parallel", "branches": [[]]}]),
            "must be two branches or more",
        ),
        (described(layers=[{"kind": "parallel", "branches": [1, 2]}]), "a list of lists of layers"),
        (
            described(layers=[{"kind": "parallel", "branches": [[], []], "join": "divide"}]),
            "must be one of add, concatenate, multiply, not 'divide'",
        ),
    ],
)
def test_bad_descriptions_are_refused_in_a_sentence(data: Any, sentence: str) -> None:
    """Each says what was wrong and what would be right."""
    with pytest.raises(InvalidInput, match=sentence) as caught:
        Architecture.from_json(data)
    assert "\n" not in str(caught.value)


def test_registries_hold_what_the_json_names() -> None:
    """A kind stands for itself."""
    for registry in (LAYERS, LOSSES, PENALTIES):
        assert all(kind == described.kind for kind, described in registry.items())
