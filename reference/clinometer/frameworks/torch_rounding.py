"""Stochastic arithmetic for PyTorch code: a dispatch mode in which every operation errs.

PyTorch hands each operation of the code, its backward pass included, to the mode, where it is
followed by a random relative error of up to two units roundoff. What is one operation to
PyTorch but more than one rounding, be it a sum, a fused layer or somebody's kernel, is allowed
the same error in its inputs: it passes as long as its result is nearly right for nearly those
inputs (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 1.5).

Recurrent layers of oneDNN hand their gates from the forward to the backward pass in an array of
bytes, which nothing can move. PyTorch's own operations stand for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

#: Their results are exact, whatever their arguments. So are views.
EXACT = {
    "_efficientzerotensor", "_unsafe_view", "abs", "all", "amax", "amin", "aminmax", "any",
    "argmax", "argmin", "argsort",
    "bucketize", "cat", "ceil", "clamp", "clamp_max", "clamp_min", "clone", "constant_pad_nd",
    "copysign", "cummax", "cummin", "diagonal_backward", "embedding", "eq", "equal", "fill",
    "flip", "floor", "fmax", "fmin", "full", "full_like", "gather", "ge", "gt", "hardtanh",
    "hardtanh_backward", "index", "index_copy", "index_fill", "index_select", "isfinite", "isinf",
    "isnan", "isneginf", "isposinf", "kthvalue", "le", "logical_and", "logical_not", "logical_or",
    "logical_xor", "lt", "masked_fill", "masked_scatter", "masked_select", "max",
    "max_pool2d_with_indices", "maximum", "median", "min", "minimum", "mode", "nanmedian", "ne",
    "neg", "new_full", "nonzero", "ones", "ones_like", "relu", "repeat", "roll", "round", "scatter",
    "searchsorted", "select_backward", "select_scatter", "sgn", "sign", "signbit",
    "slice_backward", "slice_scatter", "sort", "stack", "take", "threshold", "threshold_backward",
    "topk", "transpose", "tril", "triu", "trunc", "unsafe_split", "where",
}  # fmt: skip
#: So are those of these, which pick one of several numbers, with such a word or order.
PICKING = {"index_reduce", "linalg_vector_norm", "scatter_reduce"}
EXTREMES = ("amax", "amin", math.inf, -math.inf)
#: Random numbers, which are as they are drawn.
DRAWN = {
    "bernoulli", "cauchy", "exponential", "geometric", "log_normal", "multinomial", "normal",
    "normal_functional", "rand", "rand_like", "randn", "randn_like", "random", "uniform",
}  # fmt: skip
#: A single rounding each: their arguments are as they stand.
ELEMENTARY = {
    "_to_copy", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "copy", "cos",
    "cosh", "digamma", "div", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "hypot", "lgamma",
    "log", "log10", "log1p", "log2", "mul", "pow", "reciprocal", "remainder", "rsqrt", "rsub",
    "sigmoid", "sin", "sinc", "sinh", "sqrt", "square", "sub", "tan", "tanh", "xlogy",
}  # fmt: skip

#: Zeros of forward mode's that have no memory, and what stands for them: to read them ends the
#: process (PyTorch 2.13.0).
WITH_MEMORY = {torch.ops.aten._efficientzerotensor.default: torch.zeros}  # noqa: SLF001
#: These have no error of their own.
NUMBERS = (bool, int, float, complex, str, type(None))
#: Logarithms of a sum from 1 up, inside which it is the sum that rounds.
OF_SUMS = {"_log_softmax", "logsumexp", "logcumsumexp"}


@contextmanager
def without_onednn() -> Iterator[None]:
    """Inside it PyTorch's own operations stand for those of oneDNN.

    Whose recurrent layers end the process for an empty sequence (PyTorch 2.13.0).
    """
    enabled = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment] # a property of the module
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = enabled


@contextmanager
def stochastic(seed: int) -> Iterator[None]:
    """Inside it, every operation on the thread errs at random."""
    with without_onednn(), StochasticMode(seed):
        yield


class StochasticMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Under it, every operation on the thread errs at random."""

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.random = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name, exact, outs = _facts(func)
        if exact or (name in PICKING and _is_extreme(args)):
            return WITH_MEMORY.get(func, func)(*args, **(kwargs or {}))
        with torch._C.DisableTorchFunction():  # noqa: SLF001 # what follows is no code on trial
            return self._erring(func, args, kwargs or {}, name, outs)

    def _erring(
        self, func: Any, args: tuple[Any, ...], kwargs: Any, name: str, outs: tuple[bool, ...]
    ) -> Any:
        written = outs[: len(args)]
        moved = args
        if name not in ELEMENTARY:
            moved = tuple(
                x if out else self._perturbed(x) for x, out in zip(args, written, strict=True)
            )
        try:
            result = func(*moved, **kwargs)
        except RuntimeError:  # an argument at the edge of the domain is as it stands
            if any(written) or moved is args:
                raise
            result = _as_far_as_it_takes(func, args, moved, kwargs)
        for x in (x for x, out in zip(args, written, strict=True) if out):
            pytree.tree_map_only(Tensor, lambda x: x.copy_(self._perturb(x)), x)
        if name in OF_SUMS:
            return self._perturb(result) + (self._perturb(torch.ones_like(result)) - 1)
        if any(written) or (name == "_to_copy" and _holds(result.dtype, args[0].dtype)):
            return result
        return self._perturbed(result)

    def _perturbed(self, tree: Any) -> Any:
        if isinstance(tree, Tensor):  # which most are, and walking a tree takes its time
            return self._perturb(tree)
        if isinstance(tree, NUMBERS):
            return tree
        return pytree.tree_map_only(Tensor, self._perturb, tree)

    def _perturb(self, x: Tensor) -> Tensor:
        if x.is_conj():  # a mark that arithmetic in here does not heed
            return self._perturb(x.conj()).conj()
        if x.is_complex():  # either part by the size of the whole, as products have it
            return x * (self._factors(x.real) + 1j * (self._factors(x.imag) - 1))
        return self._factors(x).mul_(x) if x.is_floating_point() else x

    def _factors(self, x: Tensor) -> Tensor:
        """Drawn on the processor, so that they are the same wherever the array lies.

        In the array's own layout, by which dropout draws as well.
        """
        eps = torch.finfo(x.dtype).eps
        errors = torch.empty_like(x, device="cpu").uniform_(-eps, eps, generator=self.random)
        return errors.add_(1).to(x.device)


def _as_far_as_it_takes(
    func: Any, args: tuple[Any, ...], moved: tuple[Any, ...], kwargs: Any
) -> Any:
    """The operation on those of the arguments moved with which it raises no error."""
    taken = list(args)
    for number, argument in enumerate(moved):
        with suppress(RuntimeError):
            func(*taken[:number], argument, *taken[number + 1 :], **kwargs)
            taken[number] = argument
    return func(*taken, **kwargs)


def _is_extreme(args: tuple[Any, ...]) -> bool:
    """Whether an operation that picks or adds up is to pick the largest number or the smallest."""
    return any(x in EXTREMES for x in args if isinstance(x, (str, int, float)))


@cache
def _holds(wide: torch.dtype, narrow: torch.dtype) -> bool:
    """Whether a dtype has room for all numbers of another one with fewer digits."""
    return narrow.is_floating_point and torch.promote_types(wide, narrow) == wide != narrow


@cache
def _facts(func: Any) -> tuple[str, bool, tuple[bool, ...]]:
    """An operation's name, whether it is exact, and which of its arguments it writes to."""
    name = func.overloadpacket.__name__.removeprefix("_foreach_").removesuffix("_")
    places = func._schema.arguments  # noqa: SLF001 # there is no other way
    outs = tuple(place.alias_info is not None for place in places)
    return name, func.is_view or name in EXACT | DRAWN, outs
