"""PyTorch functions with each of their operations watched, custom ones' included."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from clinometer.frameworks.torch_gradient import to_numpy, to_tensor
from clinometer.frameworks.torch_rounding import WITH_MEMORY
from clinometer.problem import Arrays, Function, Watcher


def watched(function: Function, watcher: Watcher) -> Function:
    """The function's value from NumPy arrays, under that watcher."""

    def run(point: Arrays) -> Any:
        tensors = {name: to_tensor(array) for name, array in point.items()}
        with WatchingMode(watcher):
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


def _is_real(x: Any) -> bool:
    return isinstance(x, Tensor) and x.is_floating_point()
