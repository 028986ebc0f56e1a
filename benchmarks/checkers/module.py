"""A PyTorch module of 100 000 parameters: what it takes to judge all of its gradients."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from benchmarks.calibration.peers import OURS
from clinometer import check

WIDTHS = (200, 250, 200, 10)
BATCH = 8


@dataclass(frozen=True)
class Judged:
    """What a checker took: processor time, and passes of the module.

    element, whole: the smallest error of one element, and of a whole array relative to that, which
    it would have seen in any array; None where the checker does not tell.
    """

    checker: str
    dtype: str
    passed: bool
    seconds: float
    forwards: int
    backwards: int
    element: float | None = None
    whole: float | None = None


#: Whether it passes, and the power.
Outcome: TypeAlias = tuple[bool, float | None, float | None]


def measure(widths: Sequence[int] = WIDTHS, *, slow: bool = True) -> list[Judged]:
    """Clinometer in both dtypes; gradcheck in float64, in slow mode only if asked for.

    Each has been called before on a small module.
    """
    rows = []
    for checker, dtype, judged in _callers(slow=slow):
        for size in ((3, 4, 2), widths):
            module = Counting(size, dtype)
            start = time.process_time()
            passed, *power = judged(module)
            seconds = time.process_time() - start
        passes = module.forwards, module.backwards
        rows.append(Judged(checker, dtype, passed, seconds, *passes, *power))
    return rows


class Counting:
    """A tanh network with an argument, whose passes are counted."""

    def __init__(self, widths: Sequence[int], dtype: str) -> None:
        import torch

        torch.manual_seed(0)
        layers: list[Any] = []
        for inputs, outputs in pairwise(widths):
            layers += [torch.nn.Linear(inputs, outputs), torch.nn.Tanh()]
        self.module = torch.nn.Sequential(*layers[:-1]).to(getattr(torch, dtype))
        self.x = torch.randn(BATCH, widths[0], dtype=getattr(torch, dtype))
        self.forwards = self.backwards = 0
        self.module.register_forward_hook(self._forward)

    def _forward(self, module: Any, inputs: Any, out: Any) -> None:
        self.forwards += 1
        if out.requires_grad:
            out.register_hook(self._backward)

    def _backward(self, cotangent: Any) -> None:
        self.backwards += 1


def _callers(*, slow: bool) -> list[tuple[str, str, Callable[[Counting], Outcome]]]:
    gradcheck = "torch gradcheck"
    callers: list[tuple[str, str, Callable[[Counting], Outcome]]] = [
        (OURS, "float64", _clinometer),
        (OURS, "float32", _clinometer),
        (f"{gradcheck}, fast mode", "float64", lambda m: _gradcheck(m, fast_mode=True)),
    ]
    return callers + ([(gradcheck, "float64", _gradcheck)] if slow else [])


def _clinometer(counting: Counting) -> Outcome:
    verdict = check(counting.module, (counting.x,))
    arrays = verdict.power.arrays.values() if verdict.power else ()
    element = max((seen.element for seen in arrays), default=None)
    whole = max((seen.relative for seen in arrays), default=None)
    return verdict.status == "agree", element, whole


def _gradcheck(counting: Counting, **settings: Any) -> Outcome:
    import torch

    names = [name for name, _ in counting.module.named_parameters()]

    def function(x: Any, *parameters: Any) -> Any:
        own = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(counting.module, own, x)

    inputs = [counting.x.requires_grad_(), *counting.module.parameters()]
    passed = torch.autograd.gradcheck(function, inputs, raise_exception=False, **settings)
    return bool(passed), None, None
