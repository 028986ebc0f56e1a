"""Random numbers of a narrow dtype in the place of those of a wider one.

From the same seed PyTorch draws other numbers in float64 than in float32. A dispatch mode, which
sees what is drawn inside dropout and other functions of PyTorch's as well, draws those of the
narrow dtype and takes them as wide.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

#: What may draw random numbers has this tag, and draws none where one of these arguments is zero.
SEEDED = torch.Tag.nondeterministic_seeded
SWITCHES = {"dropout", "dropout_p", "train", "training"}
#: It draws what it multiplies by, and writes that to its second argument.
RRELU = torch.ops.aten.rrelu_with_noise.default


class DrawingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Under it, random numbers of some dtypes are those that a narrower one would have."""

    def __init__(self, narrower: dict[torch.dtype, torch.dtype]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.narrower = narrower

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if not _draws(func, args, kwargs or {}):
            return func(*args, **(kwargs or {}))
        with torch._C.DisableTorchFunction():  # noqa: SLF001 # what follows is no code on trial
            return self._drawn(func, args, kwargs or {})

    def _drawn(self, func: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """What the operation returns, and what it writes to its arguments."""
        leaves, tree = pytree.tree_flatten((args, kwargs))
        narrow = [self._narrow(x) for x in leaves]
        given, named = pytree.tree_unflatten(narrow, tree)
        stand = {id(n): x for n, x in zip(narrow, leaves, strict=True) if n is not x}
        with torch._C._DisableTorchDispatch():  # noqa: SLF001 # what is drawn has no errors
            result = func(*given, **named)
        for place, n in zip(func._schema.arguments, given, strict=False):  # noqa: SLF001
            if place.alias_info is not None and id(n) in stand:
                stand[id(n)].copy_(n)
        if func is RRELU:
            return args[0] * args[1]
        wider = {n: w for w, n in self.narrower.items()} if stand else {}
        return pytree.tree_map_only(
            Tensor, lambda x: stand[id(x)] if id(x) in stand else _as(wider, x), result
        )

    def _narrow(self, x: Any) -> Any:
        if isinstance(x, torch.dtype):
            return self.narrower.get(x, x)
        return _as(self.narrower, x) if isinstance(x, Tensor) else x


def _draws(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if SEEDED not in func.tags:
        return False
    places = func._schema.arguments  # noqa: SLF001
    given = {place.name: place.default_value for place in places}
    given |= {place.name: x for place, x in zip(places, args, strict=False)} | kwargs
    return all(given[name] not in (0, False) for name in SWITCHES & given.keys())


def _as(dtypes: dict[torch.dtype, torch.dtype], x: Tensor) -> Tensor:
    return x.to(dtypes[x.dtype]) if x.dtype in dtypes else x
