"""The chain: three factors, several outputs, and the batch's gradient to the last digit."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chain
from chain import INPUTS, SEVERAL, TARGETS, difference_of_means, in_last_digits
from clinometer.subjects.hand_written import SUBJECTS, network
from handgrad import initialise, xavier
from tests.examples.lessons import small, tables

POINT = initialise(network(SEVERAL, "vectorised"), xavier)


def test_the_three_factors_multiply_to_the_derivative() -> None:
    """Worked with nothing but `math`, and once more as a difference of the cost."""
    [table] = tables(small("chain"), "three factors")
    before = 1 / (1 + math.exp(-(0.75 * 1 + 0.25)))

    def cost(w: float, b: float, a: float) -> float:
        return (1 / (1 + math.exp(-(w * a + b))) - 1) ** 2

    step, here = 1e-6, (-1.5, 0.5, before)
    for number, row in enumerate(table.rows):
        dz, da, dc, product = map(float, row[1:])
        assert dz * da * dc == pytest.approx(product, rel=1e-8)
        above, below = (
            cost(*(v + sign * step * (n == number) for n, v in enumerate(here))) for sign in (1, -1)
        )
        assert product == pytest.approx((above - below) / (2 * step), rel=1e-7)
    assert [float(table.rows[n][1]) for n in (1, 2)] == [1, -1.5]


def test_several_outputs_add_up_what_each_path_brings() -> None:
    """The gradient of the neuron before is the sum over the outputs of those of each alone."""
    x, y = INPUTS[1:2], TARGETS[1:2]
    _, together = chain.by_hand(POINT, x, y)
    alone = []
    for j in range(3):
        kept = {**POINT, "3.weight": POINT["3.weight"][:, [j]], "3.bias": POINT["3.bias"][[j]]}
        alone.append(chain.by_hand(kept, x, y[:, [j]])[1]["1.weight"])
    assert together["1.weight"] == pytest.approx(sum(alone), rel=1e-14)


@pytest.mark.parametrize("samples", [1, 2, 4])
def test_the_batch_is_the_mean_bit_for_bit(samples: int) -> None:
    """Where the sums run in the same order and dividing by their number rounds nothing."""
    found = difference_of_means("looped", POINT, INPUTS[:samples], TARGETS[:samples])
    assert all(np.array_equal(array, 0 * array) for array in found.values())


@pytest.mark.parametrize("kernels", SUBJECTS)
@pytest.mark.parametrize("samples", [3, 4])
def test_it_is_the_mean_to_the_last_digits(kernels: str, samples: int) -> None:
    """Each of the few additions and divisions rounds by half of one at most."""
    assert in_last_digits(kernels, POINT, INPUTS[:samples], TARGETS[:samples]) <= 2 * samples


@pytest.mark.parametrize("samples", [3, 4])
def test_it_is_the_mean_exactly_where_nothing_rounds(samples: int) -> None:
    """Proved on balls; a mean over one sample too few is not."""
    assert chain.proved_difference(POINT, INPUTS[:samples], TARGETS[:samples]) < 1e-300


def test_the_proof_sees_a_mean_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """By one part in 10³⁰, which float64 does not hold."""
    right = chain.difference_of_means

    def off(kernels: str, parameters: chain.Arrays, x: object, target: object) -> chain.Arrays:
        found = right(kernels, parameters, x, target)
        return {name: array + 1e-30 for name, array in found.items()}

    monkeypatch.setattr(chain, "difference_of_means", off)
    assert chain.proved_difference(POINT, INPUTS, TARGETS) == pytest.approx(1e-30)


def test_the_cost_falls() -> None:
    """To a tenth, as four samples are learnt."""
    *_, figure, _ = chain.lesson()
    points = figure.plot.marks[0].points  # type: ignore[union-attr]
    assert points[-1][1] < 0.1 * points[0][1]
