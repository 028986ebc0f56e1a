"""The plots of errors against steps: what they show is so, and always the same."""

from __future__ import annotations

import pytest

from benchmarks.error_against_step import METHODS, PROBLEMS, errors, figure


def test_balls_and_the_complex_step_know_no_dilemma() -> None:
    """Differences in float64 have their best step in the middle; the others gain to the end."""
    problem = PROBLEMS["smooth"][1]()
    best = {method: min(errors(problem, method), key=lambda row: row[1]) for method in METHODS}
    assert 2.0**-30 < best["differences"][0] < 2.0**-10
    assert 1e-13 < best["differences"][1] < 1e-9
    assert best["complex step"][1] < 1e-15
    assert best["balls"][0] == 2.0**-100
    assert best["balls"][1] < 1e-50


@pytest.mark.parametrize("method", METHODS)
def test_what_is_stated_holds_at_the_smaller_steps(method: str) -> None:
    """With no kink inside the stencil; with one, the contrast of two steps does not tell it."""
    for name, (_, make) in PROBLEMS.items():
        for step, error, stated in errors(make(), method):
            assert error <= stated or step > 2.0**-14, (name, step)
    kinked = list(errors(PROBLEMS["kink"][1](), "balls"))
    assert any(error > stated for _, error, stated in kinked)


def test_the_same_problem_is_the_same_plot() -> None:
    """To the last byte."""
    title, make = PROBLEMS["kink"]
    assert figure(title, make()) == figure(title, make())
