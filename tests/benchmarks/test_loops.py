"""The curve of the loops."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks import loops
from benchmarks.gradients import SUBJECTS
from tests.benchmarks import runs
from tests.benchmarks.runs import QUICK


def test_the_exponent_is_that_of_the_law() -> None:
    """Here the square root of the width and the batch itself; one network alone has none."""
    points = runs.points(
        width=[(n, 5 * n**0.5) for n in (4, 8, 16)],
        batch=[(n, 2.0 * n) for n in (1, 8, 16)],
        depth=[(1, 3.0)],
    )
    curves = loops.curves(points)
    assert list(curves) == ["width", "batch"]
    assert loops.power(curves["width"]) == pytest.approx((0.5, 5.0))
    assert loops.power(curves["batch"]) == pytest.approx((1.0, 2.0))
    told = loops.explanation(points)
    assert told.endswith("Fitted to each curve, the speed grows as width^0.50, batch^1.00.")
    assert "Fitted" not in loops.explanation(points[-2:])


def test_a_network_has_a_line_for_each_gradient_beside_the_loops() -> None:
    """With its place on the curve, its error, and the noise floor of their comparison."""
    for along, widths, grown, name in (
        ("batch", (3, 2), 4, "3-2"),
        ("width", (3, 2), 3, "3-2"),
        ("depth", (2, 2, 2), 2, "2 × 2"),
    ):
        slow, fast = loops.measure(along, widths, 4, QUICK)
        assert (fast.candidate, slow.candidate) == SUBJECTS
        assert (fast.along, fast.grown, fast.network) == (along, grown, name)
        assert fast.workload == slow.workload == f"{along} {grown}"
        assert fast.parameters == sum((n + 1) * m for n, m in pairwise(widths))
        assert fast.baseline == slow.baseline == SUBJECTS[1]
        assert slow.speed == 1
        assert slow.floor == fast.floor >= 1
        assert fast.tie == (1 / fast.floor <= fast.speed <= fast.floor)
        assert max(fast.error, slow.error) < 1e-14
