"""Cases: the same bits from one line of JSON, numbers exact in the dtype, bad input."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinometer.architecture import Architecture, Case
from clinometer.architecture.case import EXTREME
from clinometer.architecture.layers.activations import Sigmoid
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.losses import (
    BinaryCrossEntropy,
    MeanSquaredError,
    Outputs,
    RowSquaredError,
    SoftmaxCrossEntropy,
)
from clinometer.architecture.strategies import cases
from clinometer.dtypes import DTYPES, NARROW
from clinometer.errors import InvalidInput

SAMPLE = Case(Architecture((4,), (Dense(8), Sigmoid(), Dense(3))), batch=5, seed=11)


def digest(case: Case) -> str:
    """A fingerprint of every bit of a case's numbers."""
    given = [*case.arguments().values(), *case.constants().values()]
    arrays = [*given, case.target(), case.cotangent()]
    data = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays if a is not None)
    return hashlib.sha256(data).hexdigest()[:16]


@given(cases())
def test_a_line_of_json_rebuilds_the_same_bits(case: Case) -> None:
    """The line is one line, and what it gives back has the same numbers to the bit."""
    line = case.to_json()
    assert "\n" not in line
    again = Case.from_json(line)
    assert again == case
    assert digest(again) == digest(case)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ea67ac981ea5a324"),
        ({"values": "grid"}, "c4d9d4a371707714"),
        ({"values": "extreme"}, "2ac481a54daf2eea"),
        ({"values": "iris"}, "85dfd0dff114ccee"),
        ({"seed": 12}, "f0307b21da5517ab"),
        ({"dtype": "float32"}, "ea67ac981ea5a324"),
        ({"dtype": "float16"}, "5854ece9463da65c"),
        ({"dtype": "bfloat16"}, "6e1e068d9a258e56"),
        ({"dtype": "bfloat16", "values": "iris"}, "13f010e38bc72ab7"),
    ],
)
def test_bits_are_the_same_on_every_machine(changes: dict[str, Any], expected: str) -> None:
    """Pinned, so that a stored case keeps meaning the same numbers."""
    assert digest(replace(SAMPLE, **changes)) == expected


@pytest.mark.parametrize("dtype", DTYPES)
@given(drawn=cases(), values=st.sampled_from(["continuous", "grid"]))
def test_numbers_are_exact_in_the_dtype_and_moderate(dtype: str, drawn: Case, values: str) -> None:
    """In that of the case and in float32, so that steps of powers of two are exact."""
    case = replace(drawn, dtype=dtype, values=values)
    given = case.arguments() | case.constants()
    for name, array in given.items():
        assert array.dtype.kind == "i" or np.max(np.abs(array)) <= 4, name
    for array in (*given.values(), case.target(), case.cotangent()):
        if array is not None and array.dtype.kind == "f":
            assert array.dtype == np.float64
            assert np.array_equal(array, array.astype(np.float32))
            assert np.array_equal(array, array.astype(dtype).astype(np.float64))
    assert given["x"].shape == (case.batch, *case.architecture.inputs)


@pytest.mark.parametrize("dtype", NARROW)
def test_numbers_of_16_bits_are_those_of_float64_rounded_once(dtype: str) -> None:
    """The same architecture at nearly the same point; on the grid, at the same."""
    for values in ("continuous", "grid", "iris"):
        wide = replace(SAMPLE, values=values)
        narrow = replace(wide, dtype=dtype)
        for name, array in wide.arguments().items():
            assert np.array_equal(narrow.arguments()[name], array.astype(dtype).astype(float))
    assert digest(replace(SAMPLE, dtype=dtype)) != digest(SAMPLE)


def test_grid_values_tie_and_vanish() -> None:
    """Five values, zero among them, so that ties and kinks occur."""
    x = replace(SAMPLE, values="grid", batch=100).arguments()["x"]
    assert list(np.unique(x)) == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_half_of_the_extreme_inputs_overflow_an_exponential() -> None:
    """The others are those of continuous values."""
    usual, extreme = (
        replace(SAMPLE, values=values, batch=100).arguments()["x"]
        for values in ("continuous", "extreme")
    )
    assert set(np.unique(extreme / usual)) == {1.0, EXTREME}
    with np.errstate(over="ignore"):
        assert 0.1 < np.mean(np.isinf(np.exp(extreme))) < 0.4


def test_cotangents_are_random_and_never_ones() -> None:
    """Of both signs, of the loss's shape, none of size one half or less."""
    outputs = replace(SAMPLE, architecture=replace(SAMPLE.architecture, loss=Outputs()), batch=50)
    cotangent = outputs.cotangent()
    assert cotangent.shape == (50, 3)
    assert len(np.unique(cotangent)) == 150
    assert cotangent.min() < 0 < cotangent.max()
    assert np.abs(cotangent).min() >= 0.5
    rows = replace(outputs, architecture=replace(SAMPLE.architecture, loss=RowSquaredError()))
    assert rows.cotangent().shape == (50,)
    assert SAMPLE.cotangent().shape == ()


def test_an_array_does_not_depend_on_the_others() -> None:
    """What is left of a case after shrinking keeps its numbers."""
    smaller = replace(SAMPLE, architecture=Architecture((4,), (Dense(8),)))
    for name, array in smaller.arguments().items():
        assert np.array_equal(array, SAMPLE.arguments()[name])


@pytest.mark.parametrize(
    ("loss", "shape", "kind"),
    [
        (MeanSquaredError(), (5, 3), "f"),
        (BinaryCrossEntropy(), (5, 3), "f"),
        (SoftmaxCrossEntropy(), (5,), "i"),
    ],
)
@pytest.mark.parametrize("values", ["continuous", "grid", "iris"])
def test_targets_fit_their_loss(loss: Any, shape: tuple[int, ...], kind: str, values: str) -> None:
    """Numbers, probabilities or labels."""
    architecture = replace(SAMPLE.architecture, loss=loss)
    target = replace(SAMPLE, architecture=architecture, values=values).target()
    assert target.shape == shape
    assert target.dtype.kind == kind
    if loss.target != "real":
        assert target.min() >= 0
        assert target.max() <= (2 if kind == "i" else 1)


def test_parameters_of_a_training_run_travel_in_the_line() -> None:
    """Given parameters take the place of the seed's, to the bit."""
    parameters = {n: (a + 0.5).tolist() for n, a in SAMPLE.arguments().items() if n != "x"}
    again = Case.from_json(replace(SAMPLE, parameters=parameters).to_json())
    arguments = again.arguments()
    assert np.array_equal(arguments["1.weight"], SAMPLE.arguments()["1.weight"] + 0.5)
    assert np.array_equal(arguments["x"], SAMPLE.arguments()["x"])


def changed(**changes: Any) -> str:
    """The sample's line with some of it changed."""
    return json.dumps(json.loads(SAMPLE.to_json()) | changes)


WITH_NAN = {
    "1.weight": [[float("nan")] * 8] * 4,
    "1.bias": [0] * 8,
    "3.weight": [[0] * 3] * 8,
    "3.bias": [0] * 3,
}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "this is not JSON"),
        ("[]", "a case is a JSON object with architecture, dtype, batch, values, seed"),
        (changed(colour="red"), "a case is a JSON object with"),
        (changed(batch=0), "batch of a case must be an integer from 1 up, not 0"),
        (changed(batch=2.5), "batch of a case must be an integer from 1 up, not 2.5"),
        (changed(seed=-1), "seed of a case must be an integer from 0 up, not -1"),
        (changed(dtype="float8"), "dtype of a case must be one of float64, float32, float16, bf"),
        (
            changed(values="odd"),
            "values of a case must be one of continuous, grid, offset, extreme, iris",
        ),
        (changed(values="iris", batch=151), "4 inputs, 3 outputs and at most 150 samples"),
        (changed(parameters={"1.weight": []}), "must be an object with 1.weight, 1.bias, 3.weight"),
        (changed(parameters=WITH_NAN), "parameter 1.weight holds a NaN or an infinity"),
        (
            changed(parameters=WITH_NAN | {"1.weight": [[1e5] * 8] * 4}, dtype="float16"),
            "parameter 1.weight holds a NaN or an infinity",
        ),
        (
            changed(parameters=WITH_NAN | {"1.weight": [[1, 2], [3]]}),
            "parameter 1.weight must be nested lists of numbers",
        ),
        (
            changed(parameters=WITH_NAN | {"1.weight": [[1, 2]]}),
            r"parameter 1.weight must have shape \(4, 8\), not \(1, 2\)",
        ),
    ],
)
def test_bad_cases_are_refused_in_a_sentence(line: str, sentence: str) -> None:
    """Each says what was wrong and what would be right."""
    with pytest.raises(InvalidInput, match=sentence) as caught:
        Case.from_json(line)
    assert "\n" not in str(caught.value)
