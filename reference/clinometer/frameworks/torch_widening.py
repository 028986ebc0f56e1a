"""A PyTorch function of narrow numbers in wider ones, whatever tensors it brings along.

Its arguments come wide. What it captures or makes inside would stay narrow, so that PyTorch refuses
to multiply the two, or computes with too few digits. A function mode, which sees what is called in
the `forward` and `backward` of a `torch.autograd.Function` as well, puts a wide tensor in the
place of each of them.

Numbers narrower than the function's own are left alone: who computes in them means to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

from clinometer.frameworks.torch_drawing import DrawingMode

#: From the widest to the one of the fewest digits.
DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
COMPLEX = {torch.float32: torch.complex64, torch.float64: torch.complex128}
#: Methods that convert to a dtype.
CONVERSIONS: dict[Callable[..., Any], torch.dtype] = {
    Tensor.float: torch.float32,
    Tensor.half: torch.float16,
    Tensor.bfloat16: torch.bfloat16,
}
#: They compute numbers from nothing. Constants stay what they are, and so do random numbers.
FACTORIES = {torch.arange, torch.eye, torch.linspace, torch.logspace}
#: What is no tensor and no dtype, nor holds any.
PLAIN = {bool, int, float, complex, str, type(None), type(...), torch.Size}


def widest(dtypes: Iterable[torch.dtype]) -> torch.dtype:
    """The widest of some, or of the real and imaginary parts of complex ones."""
    return min((dtype.to_real() for dtype in dtypes), key=DTYPES.index)


def widened(own: torch.dtype, wide: torch.dtype) -> AbstractContextManager[Any]:
    """Inside it, a function whose own dtype is narrower computes in the wide one."""
    narrow = DTYPES[DTYPES.index(wide) + 1 : DTYPES.index(own) + 1]
    return WideningMode(narrow, wide) if narrow else nullcontext()


class WideningMode(TorchFunctionMode):
    """Under it, numbers of some dtypes are of a wider one.

    Each tensor has one wide tensor in its place for as long as the mode lasts. What is written to
    the tensor is written there, is found there, and does not reach the tensor itself.
    """

    def __init__(self, narrow: tuple[torch.dtype, ...], wide: torch.dtype) -> None:
        super().__init__()
        self.wider = dict.fromkeys(narrow, wide)
        if wide in COMPLEX:
            self.wider |= {COMPLEX[d]: COMPLEX[wide] for d in narrow if d in COMPLEX}
        self.drawing = DrawingMode({w: n for n, w in self.wider.items()})
        self.places: dict[int, tuple[Tensor, Tensor]] = {}

    def __enter__(self) -> Any:
        self.drawing.__enter__()  # type: ignore[no-untyped-call]
        return super().__enter__()  # type: ignore[no-untyped-call]

    def __exit__(self, *raised: object) -> None:
        super().__exit__(*raised)  # type: ignore[no-untyped-call]
        self.drawing.__exit__(*raised)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        wide = [x if type(x) in PLAIN else self._wide(x) for x in args]
        named = {name: self._wide(x) for name, x in kwargs.items()} if kwargs else {}
        if CONVERSIONS.get(func) in self.wider:
            return wide[0].to(self.wider[CONVERSIONS[func]], *wide[1:], **named)
        result = func(*wide, **named)
        if func in FACTORIES and result.dtype in self.wider:
            return func(*wide, **named | {"dtype": self.wider[result.dtype]})
        return result

    def _wide(self, x: Any) -> Any:
        if isinstance(x, Tensor):
            return self._placed(x) if x.dtype in self.wider else x
        if isinstance(x, torch.dtype):
            return self.wider.get(x, x)
        if type(x) in PLAIN:
            return x
        if type(x) in (tuple, list):
            return type(x)(map(self._wide, x))
        return pytree.tree_map_only((Tensor, torch.dtype), self._wide, x)

    def _placed(self, x: Tensor) -> Tensor:
        """The wide tensor in its place."""
        if id(x) not in self.places:
            self.places[id(x)] = x, x.to(self.wider[x.dtype])
        return self.places[id(x)][1]


def gradients(
    mode: WideningMode,
    outputs: Tensor | Sequence[Tensor],
    inputs: Sequence[Tensor],
    cotangents: Sequence[Tensor] | None = None,
    *,
    allow_unused: bool = True,
    materialize_grads: bool = False,
    **how: Any,
) -> Any:
    """As `torch.autograd.grad`, with backward passes under the mode.

    PyTorch would lift it from them if it were told of tensors, and not of edges of their graph.
    """
    ends: Sequence[Tensor] = [outputs] if isinstance(outputs, Tensor) else outputs
    edges, starts = ([get_gradient_edge(x) for x in some] for some in (ends, inputs))
    given = cotangents or [torch.ones_like(x) for x in ends]
    with mode:
        found: Any = torch.autograd.grad(edges, starts, given, allow_unused=allow_unused, **how)
    if not materialize_grads:
        return found
    return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]
