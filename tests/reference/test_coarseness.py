"""Functions that round to fewer digits inside are told so, in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check
from clinometer.coarseness import ROUNDS

X = np.random.default_rng(0).normal(size=(4, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_converted_inside_is_told_of(dtype: str) -> None:
    verdict = check(
        lambda x: np.exp(x.astype(np.float32)), (X.astype(dtype),), vjp=lambda c, x: c * np.exp(x)
    )
    assert verdict.status == "inconclusive"
    assert ROUNDS in {c.reason for c in verdict.comparisons}


def test_what_hides_for_another_reason_is_not_laid_to_it() -> None:
    """Here the gradient is as good as zero."""
    verdict = check(
        lambda x: np.sin(x) * 1e-30 + 1e6, (X[0],), vjp=lambda c, x: c * np.cos(x) * 1e-30
    )
    assert ROUNDS not in {c.reason for c in verdict.comparisons}


@pytest.mark.torch
def test_what_an_error_says_is_cut_to_its_first_line() -> None:
    torch: Any = pytest.importorskip("torch")

    def function(x: Any) -> Any:
        if x.dtype != torch.float32:
            raise TypeError("it should be float32:\n\nRevise the function")
        return x.sin()

    verdict = check(function, (torch.tensor(X, dtype=torch.float32),))
    assert verdict.status == "inconclusive"
    assert verdict.ledger["the formula in float64"] == (
        "the function raised TypeError: it should be float32, as it does not in its own dtype"
    )
