"""The slopes that our kernels take at kinks: every row, by both twins and both frameworks."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Layer, Penalty
from clinometer.conventions import VERSIONS
from clinometer.kinks import CHOICES, Choice
from clinometer.subgradients import limits
from handgrad.kernels import kernel, kernel_set

rows = pytest.mark.parametrize("row", CHOICES, ids=lambda row: row.part.kind)


@rows
@pytest.mark.parametrize("name", ["vectorised", "looped"])
def test_kernels_choose_as_the_table_says(name: str, row: Choice) -> None:
    """For a cotangent of ones."""
    chosen, load = kernel(name, row.part.kind), kernel_set(name).load
    given = [row.x] if row.target is None else [row.x, row.target]
    arrays = [load(np.array(numbers)) for numbers in given]
    y, cache = chosen.forward(*arrays, **row.part.forward_settings)
    gradient = chosen.backward(load(np.ones_like(np.array(y))), cache)[0]
    assert np.array_equal(np.array(gradient).ravel(), row.ours)


@rows
def test_each_choice_is_a_subgradient_of_the_forward_pass(row: Choice) -> None:
    """Between the limits of the gradient around the point, of which a kink has more than one."""
    forward = kernel("vectorised", row.part.kind).forward
    given = [] if row.target is None else [np.array(row.target)]

    def function(x: Any) -> Any:
        y = forward(x.reshape(np.shape(row.x)), *given, **row.part.forward_settings)[0]
        return y.sum()

    found = limits(function, np.array(row.x).ravel())
    assert len(found) > 1
    assert np.all(found.min(axis=0) <= row.ours)
    assert np.all(row.ours <= found.max(axis=0))


@rows
@pytest.mark.parametrize(
    "framework", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in VERSIONS]
)
def test_frameworks_choose_as_the_table_says(framework: str, row: Choice) -> None:
    """By the same part as it is written for them."""
    if import_module(framework).__version__.partition("+")[0] != VERSIONS[framework]:
        pytest.skip(f"the table is of {framework} {VERSIONS[framework]}")
    gradients = import_module(f"clinometer.frameworks.{framework}_gradient")
    gradient_of = getattr(gradients, f"{framework.title()}Gradient")
    gradient = gradient_of(reading(framework, row))({"x": np.array(row.x)})[1]["x"]
    expected = row.torch if framework == "torch" else row.jax
    assert np.array_equal(np.asarray(gradient).ravel(), expected)


def reading(framework: str, row: Choice) -> Any:
    """The sum of what comes out of the part."""
    kind, losses = row.part.kind, import_module(f"clinometer.networks.{framework}_losses")
    if isinstance(row.part, Layer):
        layers = import_module(f"clinometer.networks.{framework}_layers")
        return lambda a: layers.FUNCTIONS[kind](row.part, {}, a["x"]).sum()
    if isinstance(row.part, Penalty):
        return lambda a: losses.PENALTIES[kind](row.part, [a["x"]])
    target = np.array(row.target)
    if framework == "torch":
        target = import_module("torch").tensor(target)
    return lambda a: losses.LOSSES[kind](row.part, a["x"], target, {})
