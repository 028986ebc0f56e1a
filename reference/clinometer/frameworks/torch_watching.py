"""PyTorch functions with each of their operations watched, custom ones' included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from clinometer.frameworks.torch_gradient import to_numpy, to_tensor
from clinometer.frameworks.torch_rounding import WITH_MEMORY
from clinometer.problem import Arrays, Conductor, Function, Watcher


def watched(function: Function, watcher: Watcher) -> Function:
    """The function's value from NumPy arrays, under that watcher."""
    return _under(lambda: WatchingMode(watcher), function)


def conducted(function: Function, conductor: Conductor) -> Function:
    """The same with each of its operations run by a conductor."""
    return _under(lambda: ConductingMode(conductor), function)


def _under(mode: Callable[[], TorchDispatchMode], function: Function) -> Function:
    def run(point: Arrays) -> Any:
        tensors = {name: to_tensor(array) for name, array in point.items()}
        with mode():
            return to_numpy(function(tensors))

    return run


class WatchingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Under it, every operation on the thread has its result from a watcher."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.watcher = watcher

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        inputs = [to_numpy(x).copy() for x in args if _is_real(x)]
        result = WITH_MEMORY.get(func, func)(*args, **(kwargs or {}))
        if not _is_real(result):
            return result
        array = to_numpy(result)
        seen = self.watcher(inputs, array)
        return result if seen is array else result.copy_(to_tensor(seen))


class ConductingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Under it, a conductor runs every operation on the thread but views.

    What an operation writes to is given to it as a copy, and written at the end: there it has its
    result.
    """

    def __init__(self, conductor: Conductor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.conductor = conductor

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        leaves, tree = pytree.tree_flatten((args, kwargs or {}))
        real = [n for n, x in enumerate(leaves) if _is_real(x)]
        if func.is_view or not real:
            return func(*args, **(kwargs or {}))
        places = func._schema.arguments  # noqa: SLF001 # there is no other way
        written = [x for place, x in zip(places, args, strict=False) if place.is_write]
        mine = [n for n in real if any(leaves[n] is x for x in written)]
        returned: Any = None

        def operate(arrays: Sequence[Any]) -> list[Any]:
            nonlocal returned
            given = dict(zip(real, map(to_tensor, arrays), strict=True))
            copies = [given.get(n, x) for n, x in enumerate(leaves)]
            args, kwargs = pytree.tree_unflatten(copies, tree)
            results, returned = pytree.tree_flatten(func(*args, **kwargs))
            results = [given[n] for n in mine] or results
            return [to_numpy(x) if _is_real(x) else x for x in results]

        results = self.conductor(operate, [to_numpy(leaves[n]).copy() for n in real])
        tensors = [to_tensor(x) if isinstance(x, np.ndarray) else x for x in results]
        for n, x in zip(mine, tensors, strict=False):
            leaves[n].copy_(x)
        return leaves[mine[0]] if mine else pytree.tree_unflatten(tensors, returned)


def _is_real(x: Any) -> bool:
    return isinstance(x, Tensor) and x.is_floating_point()
