"""The random cases reach what they promise to reach."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from clinometer.architecture import LAYERS, LOSSES, PENALTIES
from clinometer.architecture.candidates import neighbours, pairs
from clinometer.architecture.layers.parallel import JOINS
from clinometer.architecture.strategies import architectures
from clinometer.campaign.drawing import Draw
from clinometer.dtypes import DTYPES, NARROW

CASES = Draw(500, seed=0).cases
PLACES = [place for case in CASES for place in case.architecture.walk()]


def test_every_kind_of_everything_is_drawn() -> None:
    """No layer, join, loss, penalty, dtype or kind of values is left out."""
    kinds = Counter(layer.kind for _, layer, _ in PLACES)
    joins = Counter(layer.join for _, layer, _ in PLACES if layer.kind == "parallel")
    losses = Counter(case.architecture.loss.kind for case in CASES)
    penalties = Counter(
        case.architecture.penalty and case.architecture.penalty.kind for case in CASES
    )
    for counted, names in (
        (kinds, LAYERS),
        (joins, JOINS),
        (losses, LOSSES),
        (penalties, [None, *PENALTIES]),
        (Counter(case.dtype for case in CASES), DTYPES),
    ):
        assert all(counted[name] >= 20 for name in names), counted


def test_sizes_and_depths_vary() -> None:
    """Depths and batches from 1, widths from 1, square weights and unequal ones both often."""
    assert {len(case.architecture.layers) for case in CASES} == {1, 2, 3, 4, 5, 6, 7}
    assert {case.batch for case in CASES} == {1, 2, 3, 4, 5, 6}
    shapes = [
        layer.parameter_shapes(shape)["weight"]
        for _, layer, shape in PLACES
        if layer.kind == "dense"
    ]
    square = sum(rows == columns for rows, columns in shapes) / len(shapes)
    assert 0.3 < square < 0.7
    assert {side for shape in shapes for side in shape} >= set(range(1, 9))


def test_half_of_the_cases_lie_on_the_grid() -> None:
    """Where ties, zeros and kinks are."""
    assert 0.35 < sum(case.values == "grid" for case in CASES) / len(CASES) < 0.65


def test_extreme_values_are_drawn_in_dtypes_that_hold_them() -> None:
    """Often enough to meet what overflows; in 16 bits only where nothing else is asked for."""
    extreme = [case for case in CASES if case.values == "extreme"]
    assert 0.1 < len(extreme) / len(CASES) < 0.25
    assert {case.dtype for case in extreme} == {"float64", "float32"}
    alone = Draw(50, seed=0, dtypes=("float16",)).cases
    assert {case.values for case in alone} == {"continuous", "grid", "offset", "extreme"}


def test_skips_and_settings_are_drawn() -> None:
    """Empty branches, three branches, slopes beyond 0 to 1."""
    blocks = [layer for _, layer, _ in PLACES if layer.kind == "parallel"]
    assert any(() in block.branches for block in blocks)
    assert {len(block.branches) for block in blocks} == {2, 3}
    slopes = {layer.slope for _, layer, _ in PLACES if layer.kind == "leaky_relu"}
    assert min(slopes) < 0
    assert max(slopes) > 1


def test_about_one_case_in_four_is_of_16_bits() -> None:
    """Enough to meet both dtypes in every run, and not so many that they crowd the others out."""
    assert 0.15 < sum(case.dtype in NARROW for case in CASES) / len(CASES) < 0.35


@pytest.mark.parametrize("kind", [second for first, second in pairs() if first == "parallel"])
def test_any_layer_that_can_follow_a_block_follows_one(kind: str) -> None:
    """Though a block may put out more than such a layer is drawn for."""
    drawn = Draw(0, seed=3).drawn(architectures(("parallel", kind)), 40, 0)
    assert len(drawn) == 40
    assert all(("parallel", kind) in neighbours(network.layers) for network in drawn)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_dtype_alone_is_drawn_alone(dtype: str) -> None:
    """As `--dtype` asks."""
    assert {case.dtype for case in Draw(50, seed=0, dtypes=(dtype,)).cases} == {dtype}


def test_draws_repeat_and_seeds_differ() -> None:
    """One seed, one list of cases."""
    assert Draw(500, seed=0).cases == CASES
    assert Draw(500, seed=1).cases != CASES


def test_draws_do_not_depend_on_the_code_that_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers in a module of the user's own are not drawn more often than others."""
    (tmp_path / "users_own.py").write_text(f"NUMBERS = {list(range(2, 200))}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import_module("users_own")
    assert Draw(500, seed=0).cases == CASES
