"""Modules of PyTorch before `check`: their parameters are arguments, many of them at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

torch = pytest.importorskip("torch")


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def test_parameters_of_a_module_are_arguments_and_buffers_are_held() -> None:
    """By their names; what is frozen stands in the ledger, and the module stays as it was."""
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.3), torch.nn.Linear(4, 2)
    )
    module[0].bias.requires_grad_(False)
    before = {name: x.clone() for name, x in module.state_dict().items()}
    random = torch.random.get_rng_state()
    verdict = check(module, (torch.tensor(numbers(6, 3)).float(),))
    assert verdict.status == "agree", str(verdict)
    assert set(verdict.arrays) == {
        "0.weight", "1.weight", "1.bias", "3.weight", "3.bias", "input",
    }  # fmt: skip
    assert verdict.ledger["0.bias"] == "it is frozen"
    assert all(torch.equal(x, before[name]) for name, x in module.state_dict().items())
    assert torch.equal(random, torch.random.get_rng_state())


def test_a_module_of_100_000_parameters_takes_few_passes() -> None:
    """At most 80 forward and 16 backward passes, with float32 as dear as float64."""
    module = torch.nn.Sequential(
        torch.nn.Linear(200, 300), torch.nn.Tanh(), torch.nn.Linear(300, 130), torch.nn.Tanh()
    )
    assert sum(p.numel() for p in module.parameters()) > 99_000
    forwards, backwards = 0, 0

    def forward(_module: Any, _inputs: Any, output: Any) -> None:
        nonlocal forwards
        forwards += 1
        if output.requires_grad:
            output.register_hook(backward)

    def backward(_gradient: Any) -> None:
        nonlocal backwards
        backwards += 1

    module.register_forward_hook(forward)
    for dtype in (torch.float32, torch.float64):
        forwards = backwards = 0
        verdict = check(module.to(dtype), (torch.tensor(numbers(8, 200)).to(dtype),))
        assert verdict.status == "agree", str(verdict)
        assert 0 < forwards <= 80
        assert 0 < backwards <= 16
        assert verdict.power.arrays["0.weight"].relative < 1e-3
        assert verdict.power.arrays["0.weight"].miss == 1e-6


def blocks(number: int, dtype: Any) -> Any:
    """So many convolutions with biases, each before a normalisation that takes the bias away."""
    torch.manual_seed(0)
    layers: list[Any] = []
    for _ in range(number):
        layers += [torch.nn.Conv2d(3, 3, 3, padding=1), torch.nn.BatchNorm2d(3), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(75, 2)).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("number", [1, 8])
def test_biases_before_a_normalisation_agree(number: int, dtype: Any) -> None:
    """Their gradients are zero but for rounding, and beside the others that can be told."""
    verdict = check(blocks(number, dtype), (torch.tensor(numbers(4, 3, 5, 5)).to(dtype),))
    assert verdict.status == "agree", str(verdict)
    assert verdict.evaluations <= 120
    (row,) = (line for line in str(verdict).splitlines() if line.startswith(" 0.bias"))
    assert row.endswith("—")


class Shifted(torch.autograd.Function):
    """x + b for each channel, with a gradient for b that is off by a little."""

    @staticmethod
    def forward(ctx: Any, x: Any, b: Any) -> Any:
        return x + b[:, None, None]

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g, g.sum((0, 2, 3)) + 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_bias_before_a_normalisation_with_a_wrong_gradient_is_seen(dtype: Any) -> None:
    """Though it is next to nothing beside the others."""
    normalisation = torch.nn.BatchNorm2d(3).to(dtype)
    args = (torch.tensor(numbers(4, 3, 5, 5)).to(dtype), torch.tensor(numbers(3)).to(dtype))
    verdict = check(lambda x, b: normalisation(Shifted.apply(x, b)), args)
    assert verdict.arrays == {"x": "agree", "b": "disagree"}
