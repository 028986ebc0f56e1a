"""The table of conventions: every row in both frameworks, and beside the function's own limits."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest

from clinometer.conventions import KINKS, SINGULAR, VERSIONS, Convention, evaluate
from clinometer.subgradients import contain, limits

ROWS = [*KINKS, *SINGULAR]
CASES = [
    pytest.param(framework, row, marks=getattr(pytest.mark, framework), id=getattr(row, framework))
    for framework in VERSIONS
    for row in ROWS
    if getattr(row, framework)
]


@pytest.mark.parametrize(("framework", "row"), CASES)
def test_each_framework_answers_as_the_table_says(framework: str, row: Convention) -> None:
    """In the version that the table names."""
    if version(framework).partition("+")[0] != VERSIONS[framework]:
        pytest.skip(f"the table is of {framework} {VERSIONS[framework]}")
    module = import_module(f"clinometer.frameworks.{framework}_gradient")
    expression = getattr(row, framework)
    gradient = getattr(module, f"{framework.capitalize()}Gradient")(
        lambda arguments: evaluate(expression, framework, arguments)
    )
    _, gradients = gradient({"x": np.array(row.point, dtype=float)})
    assert gradients["x"] == pytest.approx(getattr(row, f"in_{framework}"), nan_ok=True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.numpy} at {row.point}")
def test_the_table_marks_what_is_no_subgradient(row: Convention) -> None:
    """And nothing else. The function alone decides, on balls."""
    found = row.limits()
    answers = {"torch": row.in_torch, "jax": row.in_jax}
    outside = {name for name, answer in answers.items() if answer and not contain(found, answer)}
    assert outside == set(row.outside.split())


@pytest.mark.parametrize(
    ("function", "point", "expected"),
    [
        (lambda x: np.sum(np.abs(x)), [0.0], [[-1.0], [1.0]]),
        (np.max, [1.0, 1.0], [[0.0, 1.0], [1.0, 0.0]]),
        (lambda x: np.sum(x * x), [3.0, 0.0], [[6.0, 0.0]]),
        (lambda x: np.sum(np.sqrt(x)), [0.0], [[np.inf]]),
        (lambda x: np.sum(np.log(x)), [-1.0], np.empty((0, 1))),
    ],
)
def test_limits_of_known_functions(function: Any, point: Any, expected: Any) -> None:
    """A kink, a tie, smooth ground, a vertical tangent, nothing."""
    assert np.array_equal(limits(function, np.array(point)), expected)


def test_only_means_of_the_limits_are_subgradients() -> None:
    """Here for max(x, y) at a tie, where each element alone could be anything from 0 to 1."""
    found = limits(np.max, np.array([1.0, 1.0]))
    for right in ([1, 0], [0, 1], [0.5, 0.5], [0.25, 0.75]):
        assert contain(found, np.array(right))
    for wrong in ([1, 1], [0, 0], [2, -1], [0.5, 0.5001], [np.nan, 0]):
        assert not contain(found, np.array(wrong))
    infinite = np.array([[-np.inf, 1.0], [np.inf, 1.0]])
    assert contain(infinite, np.array([7.0, 1.0]))
    assert not contain(infinite, np.array([7.0, 2.0]))
