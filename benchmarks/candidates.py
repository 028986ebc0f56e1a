"""Who computes the gradient of a workload: each candidate goes from a case to a callable."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from clinometer import Case
from clinometer.subjects import hand_written
from handgrad.kernels import COMPILED, own

#: The gradient of ⟨cotangent, loss⟩: the loss, and the arrays of the gradient by name.
Gradient: TypeAlias = Callable[[], tuple[Any, Mapping[str, Any]]]

#: Parameters times samples, above which loops over numbers take too long, and those over samples.
LARGEST_LOOP, LARGEST_BY_SAMPLE = 10_000_000, 1_000_000_000


@dataclass(frozen=True)
class Candidate:
    """One way to the gradient: the package that it needs, and why it does not take a case.

    compiles: by what the machine has or lacks, so that the first call may fail through no fault
    of ours.
    """

    build: Callable[[Case], Gradient]
    requires: str = "numpy"
    refuses: Callable[[Case], str] = lambda case: ""
    compiles: bool = False

    def obstacle(self, case: Case) -> str:
        """Why it has no gradient of the case; nothing where it has one."""
        if find_spec(self.requires) is None:
            return f"{self.requires} is not installed"
        return self.refuses(case)


def _network(kernels: str) -> Callable[[Case], Gradient]:
    def build(case: Case) -> Gradient:
        network = hand_written.network(case.architecture, kernels)
        x, parameters, target, cotangent = _numbers(case)
        return lambda: network.value_and_grad(parameters, x, target, cotangent)

    return build


def _by_sample(case: Case) -> Gradient:
    """Vectorised in all but the batch: a sum over samples, each of which is a batch of its own."""
    network = hand_written.network(case.architecture, "vectorised")
    x, parameters, target, cotangent = _numbers(case)
    weights = cotangent / len(x) if cotangent.ndim == 0 else cotangent

    def gradient() -> tuple[Any, Mapping[str, Any]]:
        loss, total, inputs = 0.0, dict[str, Any](), []
        for n in range(len(x)):
            one = slice(n, n + 1)
            goal = None if target is None else target[one]
            weight = weights if weights.ndim == 0 else weights[one]
            value, arrays = network.value_and_grad(parameters, x[one], goal, weight)
            loss += value.sum()
            inputs += [arrays.pop("x")] if "x" in arrays else []
            for name, array in arrays.items():
                total[name] = total[name] + array if name in total else array
        return loss, total | ({"x": np.concatenate(inputs)} if inputs else {})

    return gradient


def _numbers(case: Case) -> tuple[Any, dict[str, Any], Any, Any]:
    """The input, the parameters and constants, the target and the cotangent, in the dtype."""
    arrays = case.arguments() | case.constants()
    arrays = {n: a.astype(case.dtype) if a.dtype.kind == "f" else a for n, a in arrays.items()}
    return arrays.pop("x"), arrays, case.target(), np.asarray(case.cotangent()).astype(case.dtype)


def _torch(case: Case) -> Gradient:
    from benchmarks import torch_eager

    return torch_eager.gradient(case)


def _torch_compiled(case: Case) -> Gradient:
    from benchmarks import torch_eager

    return torch_eager.gradient(case, compiled=True)


def _jax(case: Case) -> Gradient:
    """`jax.jit` of the reading, with the numbers as arguments, so that nothing is folded."""
    import jax

    from clinometer.networks.jax_network import objective

    settings: Any = jax.config
    settings.update("jax_enable_x64", True)
    ready: Any = jax.block_until_ready
    x, parameters, target, cotangent = _numbers(case)
    given = {} if "x" in case.arguments() else {"x": x}
    arguments = {n: jax.device_put(a) for n, a in (parameters | {"x": x}).items() if n not in given}
    function = objective(case.architecture, given, target, cotangent)
    compiled = jax.jit(jax.value_and_grad(function))
    return lambda: ready(compiled(arguments))


def _autograd(case: Case) -> Gradient:
    """Networks of dense layers, by HIPS autograd."""
    import autograd
    import autograd.numpy as anp

    x, parameters, labels, cotangent = _numbers(case)
    kinds, rows = [layer.kind for layer in case.architecture.layers], np.arange(len(x))

    def loss(arrays: Mapping[str, Any]) -> Any:
        y = arrays["x"]
        for n, kind in enumerate(kinds, 1):
            affine = kind == "dense"
            y = y @ arrays[f"{n}.weight"] + arrays[f"{n}.bias"] if affine else anp.maximum(y, 0)
        shifted = y - anp.max(y, axis=1, keepdims=True)
        return cotangent * anp.mean(
            anp.log(anp.sum(anp.exp(shifted), axis=1)) - shifted[rows, labels]
        )

    both = autograd.value_and_grad(loss)
    return lambda: both(parameters | {"x": x})


def _not_dense(case: Case) -> str:
    dense = {layer.kind for layer in case.architecture.layers} <= {"dense", "relu"}
    return "" if dense else "written for dense layers only"


def _not_compiled(case: Case) -> str:
    compiled = own(COMPILED) & {layer.kind for layer in case.architecture.layers}
    return "" if compiled else "of what it compiles there is nothing"


def _too_large(case: Case) -> str:
    small = _sums(case) < LARGEST_LOOP
    return _not_dense(case) or ("" if small else "too large for loops over numbers")


def _not_by_sample(case: Case) -> str:
    if any(layer.mixes_samples for layer in case.architecture.layers):
        return "a layer mixes the samples"
    return "" if _sums(case) < LARGEST_BY_SAMPLE else "too large for loops over samples"


def _sums(case: Case) -> int:
    """Parameters times samples."""
    shapes = case.architecture.parameter_shapes.values()
    return case.batch * sum(math.prod(shape) for shape in shapes)


CANDIDATES = {
    "vectorised": Candidate(_network("vectorised")),
    "fast": Candidate(_network("fast"), "numba", _not_compiled),
    "torch eager": Candidate(_torch, "torch"),
    "torch.compile": Candidate(_torch_compiled, "torch", compiles=True),
    "jax.jit": Candidate(_jax, "jax"),
    "autograd": Candidate(_autograd, "autograd", _not_dense),
    "samples looped": Candidate(_by_sample, refuses=_not_by_sample),
    "looped": Candidate(_network("looped"), refuses=_too_large),
}

#: Compiling takes PyTorch a minute a workload where it works at all: only when asked for.
USUAL = tuple(name for name in CANDIDATES if name != "torch.compile")
