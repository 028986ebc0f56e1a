"""The compiled gradients on trial, where numba is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Case
from clinometer.campaign.run import examine
from clinometer.problem import FrameworkCode
from clinometer.registry import choose_oracles, choose_subjects
from clinometer.rounding import stochastic
from clinometer.subjects import hand_written
from handgrad.kernels import COMPILED, own
from tests.parts import PARTS

pytest.importorskip("numba")

ORACLES = choose_oracles(["finite_difference", "complex_step", "ball_arithmetic"])
KINDS = sorted(own(COMPILED))

#: The modules of those that do not share the one for rows.
SHARED = {"batch_norm": "_columns", "lstm": "lstm"}


def verdict(kind: str, dtype: str) -> Any:
    """Of the compiled kernel alone."""
    case = Case(PARTS[kind], dtype, batch=5, seed=3)
    return examine(case, choose_subjects([COMPILED]), ORACLES).verdicts[COMPILED]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_compiled_gradients_agree_with_every_oracle(kind: str, dtype: str) -> None:
    """As they are, in float64; and their own rounding is no more than the vectorised one's."""
    found = verdict(kind, dtype)
    assert found.status == "agree"
    assert set(found.witnesses) >= {*ORACLES, "rounding"}
    assert not found.enclosure  # balls do not run through compiled code


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("witness", [*ORACLES])
def test_a_wrong_compiled_gradient_is_seen(
    kind: str, witness: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Off by a millionth in the input alone; the vectorised kernels stay right."""
    shared = import_module(f"handgrad.fast.{SHARED.get(kind, '_rows')}")
    right = shared.backward

    def wrong(*arguments: Any, **settings: Any) -> Any:
        dx, *dparameters = right(*arguments, **settings)
        return (dx * (1 + 1e-6), *dparameters)

    monkeypatch.setattr(shared, "backward", wrong)
    accused = {(c.witness, c.array) for c in verdict(kind, "float64").disagreements}
    assert (witness, "x") in accused
    assert {array for _, array in accused} == {"x"}


def test_rounding_is_traced_through_the_vectorised_gradient() -> None:
    """Random errors at the operations of compiled code cannot be made."""
    problem = hand_written.problem(Case(PARTS["layer_norm"], batch=2, seed=1))
    compiled, arguments = problem.gradients[COMPILED], problem.cast("float32")
    assert isinstance(compiled, FrameworkCode)
    _, mine = compiled.stochastic(arguments, np.random.default_rng(7))
    _, theirs = stochastic(problem.gradients["vectorised"], "float32", 7)(arguments)
    _, exact = compiled(arguments)
    for name in exact:
        assert np.array_equal(mine[name], theirs[name])
        assert np.any(mine[name] != exact[name])
