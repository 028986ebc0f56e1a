"""The gradient of a workload in PyTorch, with as little around PyTorch's own calls as there can be.

The readings of `clinometer.networks` serve every setting of every layer, which costs a small
network more than its gradient. Here are only the settings of the workloads, in the form that is
fastest in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from clinometer import Case

Tensors = Mapping[str, Tensor]
#: A layer with its parameters: from its input to its output.
Step = Callable[[Tensor], Tensor]
#: The gradient of ⟨cotangent, loss⟩: the loss, and the arrays of the gradient by name.
Gradient = Callable[[], tuple[Any, dict[str, Any]]]


def gradient(case: Case, compiled: bool = False) -> Gradient:
    """By `torch.autograd.grad`, of the network as it is or as `torch.compile` makes it."""
    torch.set_num_threads(1)
    dtype = getattr(torch, case.dtype)
    leaves = {n: torch.tensor(a, dtype=dtype) for n, a in case.arguments().items()}
    x = torch.as_tensor(case.constants()["x"]) if "x" not in leaves else leaves["x"]
    target = None if case.target() is None else torch.as_tensor(case.target()).reshape(-1)
    cotangent = torch.tensor(case.cotangent(), dtype=dtype)
    wanted = [leaf.requires_grad_() for leaf in leaves.values()]
    steps = [_step(layer, leaves, f"{n}.") for n, layer in enumerate(case.architecture.layers, 1)]

    def loss() -> Tensor:
        y = x
        for step in steps:
            y = step(y)
        return y if target is None else F.cross_entropy(y.reshape(-1, y.shape[-1]), target)

    forward = torch.compile(loss) if compiled else loss

    def value_and_grad() -> tuple[Any, dict[str, Any]]:
        value = forward()
        return value, dict(zip(leaves, torch.autograd.grad(value, wanted, cotangent), strict=True))

    return value_and_grad


def _step(layer: Any, leaves: Tensors, prefix: str) -> Step:
    own = {n.removeprefix(prefix): leaf for n, leaf in leaves.items() if n.startswith(prefix)}
    return partial(LAYERS[layer.kind], layer, own)


def _dense(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    if x.ndim == 2:
        return torch.addmm(p["bias"], x, p["weight"])
    return F.linear(x, p["weight"].T, p["bias"])


def _convolution(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    return F.conv2d(x, p["weight"], p["bias"], padding=layer.padding[0])


def _lstm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    """What nn.LSTM calls, which has a second bias."""
    state, cell = (p[name].expand(1, len(x), -1).contiguous() for name in ("state", "cell"))
    weights = [p["weight"].T, p["recurrent"].T, p["bias"], torch.zeros_like(p["bias"])]
    return torch.lstm(x, (state, cell), weights, True, 1, 0.0, True, False, True)[0]


def _attention(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    def heads(name: str) -> Tensor:
        y = F.linear(x, p[f"{name}_weight"].T, p[f"{name}_bias"])
        return y.reshape(*x.shape[:2], layer.heads, -1).transpose(1, 2)

    mixed = F.scaled_dot_product_attention(heads("query"), heads("key"), heads("value"))
    return F.linear(mixed.transpose(1, 2).flatten(2), p["output_weight"].T, p["output_bias"])


def _batch_norm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    return F.batch_norm(x, None, None, p["weight"], p["bias"], training=True, eps=layer.epsilon)


def _layer_norm(layer: Any, p: Tensors, x: Tensor) -> Tensor:
    return F.layer_norm(x, p["weight"].shape, p["weight"], p["bias"], layer.epsilon)


LAYERS: dict[str, Callable[[Any, Tensors, Tensor], Tensor]] = {
    "attention": _attention,
    "batch_norm": _batch_norm,
    "convolution2d": _convolution,
    "dense": _dense,
    "embedding": lambda layer, p, x: F.embedding(x, p["weight"]),
    "flatten": lambda layer, p, x: x.flatten(1),
    "layer_norm": _layer_norm,
    "lstm": _lstm,
    "max_pool2d": lambda layer, p, x: F.max_pool2d(x, layer.kernel, layer.stride),
    "relu": lambda layer, p, x: F.relu(x),
}
