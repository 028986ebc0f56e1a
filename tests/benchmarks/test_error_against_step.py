"""The plots of errors against steps: what they show is so, and always the same."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.error_against_step import COLOURS, PROBLEMS, errors, figure
from benchmarks.svg import Line, plot


def test_balls_and_the_complex_step_know_no_dilemma() -> None:
    """Differences in float64 have their best step in the middle; the others gain to the end."""
    problem = PROBLEMS["smooth"][1]()
    best = {method: min(errors(problem, method), key=lambda row: row[1]) for method in COLOURS}
    assert 2.0**-30 < best["differences"][0] < 2.0**-10
    assert 1e-13 < best["differences"][1] < 1e-9
    assert best["complex step"][1] < 1e-15
    assert best["balls"][0] == 2.0**-100
    assert best["balls"][1] < 1e-50


@pytest.mark.parametrize("method", COLOURS)
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


def test_a_plot_has_a_line_for_each_line_and_its_text_is_escaped() -> None:
    """Larger is higher: upward on the screen."""
    text = plot("a < b", "step", "error", [Line("one", "red", [(0, 0), (1, 2)])])
    assert text.count("<polyline") == 1
    assert "a &lt; b" in text
    [points] = [s.split('"')[1] for s in text.splitlines() if s.startswith("<polyline")]
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in points.split())
    assert np.sign([x1 - x0, y1 - y0]).tolist() == [1, -1]
