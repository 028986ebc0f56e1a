"""Arguments that nothing depends on, and random numbers by which something does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

torch = pytest.importorskip("torch")
jnp = pytest.importorskip("jax.numpy")


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("array", [torch.tensor, jnp.array])
def test_an_argument_without_influence_agrees(array: Any, seed: int) -> None:
    """Whatever the point, and the ledger says so, which is no gap."""
    args = array(numbers(3, seed=seed)), array(numbers(3, seed=seed + 99))
    verdict = check(lambda x, u: x * x * x, args, strict=True)
    assert verdict.status == "agree"
    assert verdict.ledger["u"] == "it has no influence on the value"


def test_a_gradient_that_is_lost_has_influence() -> None:
    """Also where that is so faint that no verdict rests on it."""
    args = torch.tensor(numbers(3)), torch.tensor(numbers(3, seed=1))
    assert check(lambda x, u: x * x + u.detach(), args).arrays == {"x": "agree", "u": "disagree"}
    faint = check(lambda x, u: x * x + 1e-12 * u.detach(), args)
    assert "u" not in faint.ledger


class Gated(torch.nn.Module):
    """Dropout after a transposed layout, in which it draws."""

    def forward(self, x: Any) -> Any:
        return torch.nn.functional.dropout(x.transpose(0, 1).sin(), 0.5).exp()


@pytest.mark.parametrize(
    "module", [Gated(), torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)]
)
def test_dropout_drops_the_same_whichever_the_layout(module: Any) -> None:
    """So that its noise is that of rounding alone."""
    torch.manual_seed(0)
    verdict = check(module.train(), (torch.tensor(numbers(3, 2, 4)),))
    assert verdict.status == "agree"
