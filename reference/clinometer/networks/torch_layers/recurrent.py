"""The modules of `torch.nn`, with our parameters in the place of their own.

They keep their weights as (out, in), and the RNN and the LSTM have a second bias too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

Tensors = Mapping[str, Tensor]


def _rnn(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    module = _module(nn.RNN, layer, x, nonlinearity=layer.activation)
    return _run(module, layer, p, x, torch.zeros_like(p["bias"]), _start(p["state"], x))


def _lstm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    start = _start(p["state"], x), _start(p["cell"], x)
    return _run(_module(nn.LSTM, layer, x), layer, p, x, torch.zeros_like(p["bias"]), start)


def _gru(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    module = _module(nn.GRU, layer, x)
    return _run(module, layer, p, x, p["recurrent_bias"], _start(p["state"], x))


def _module(kind: Any, layer: Any, x: Tensor, **settings: Any) -> nn.Module:
    """One layer without values: they come with each call."""
    module: nn.Module = kind(x.shape[-1], layer.units, batch_first=True, device="meta", **settings)
    return module


def _start(state: Tensor, x: Tensor) -> Tensor:
    """The state for every sample, of the one layer."""
    return state.expand(1, len(x), -1)


def _run(module: nn.Module, layer: Any, p: Tensors, x: Tensor, bias: Tensor, start: Any) -> Tensor:
    parameters = {
        "weight_ih_l0": p["weight"].T,
        "weight_hh_l0": p["recurrent"].T,
        "bias_ih_l0": p["bias"],
        "bias_hh_l0": bias,
    }
    steps = x.flip(1) if layer.reverse else x
    y: Tensor = torch.func.functional_call(module, parameters, (steps, start))[0]
    return y.flip(1) if layer.reverse else y


FUNCTIONS = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
