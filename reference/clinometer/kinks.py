"""Which slope the hand-written kernels take at each kink and tie, and why.

On a kink any weighted mean of the slopes around it is right, and verdicts accept them all. These
are the ones that our kernels choose, beside what PyTorch and JAX answer for the same layer as it is
written for them. The tests run every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clinometer.architecture import Layer, Loss, Penalty
from clinometer.architecture.layers.activations import ELU, Hardtanh, LeakyReLU, ReLU
from clinometer.architecture.layers.pooling import GlobalMaxPool, MaxPool1d, MaxPool2d
from clinometer.architecture.losses import Hinge, L1Penalty

Numbers = tuple[float, ...]

PYTORCH = "as PyTorch"
FIRST = "the first of equal numbers, in the order of the window: as PyTorch, and as an argmax gives"


@dataclass(frozen=True)
class Choice:
    """A part at a point on its kink, the gradient of its sum there by each, and why by ours.

    Attributes:
        x: what goes in, a batch of one; for a penalty, the weight.
        target: what a loss compares it with.
        ours, torch, jax: the gradient for each number of `x`, in order.
    """

    part: Layer | Loss | Penalty
    x: Any
    ours: Numbers
    torch: Numbers
    jax: Numbers
    why: str
    target: Any = None


CHOICES = (
    Choice(ReLU(), [[0.0]], (0.0,), (0.0,), (0.0,), "what is not passed on sends nothing back"),
    Choice(LeakyReLU(0.25), [[0.0]], (0.25,), (0.25,), (1.0,), PYTORCH),
    Choice(ELU(2.0), [[0.0]], (2.0,), (2.0,), (2.0,), "as both: that of the lower branch"),
    Choice(Hardtanh(-1.0, 1.0), [[-1.0, 1.0]], (0.0, 0.0), (0.0, 0.0), (0.5, 0.5), PYTORCH),
    Choice(MaxPool1d(2, 2), [[[3.0, 3.0]]], (1.0, 0.0), (1.0, 0.0), (1.0, 0.0), FIRST),
    Choice(
        MaxPool2d((2, 2), (2, 2)),
        [[[[3.0, 3.0], [3.0, 3.0]]]],
        (1.0, 0.0, 0.0, 0.0),
        (1.0, 0.0, 0.0, 0.0),
        (1.0, 0.0, 0.0, 0.0),
        FIRST,
    ),
    Choice(GlobalMaxPool(), [[[3.0, 3.0]]], (1.0, 0.0), (1.0, 0.0), (0.5, 0.5), FIRST),
    Choice(
        Hinge(),
        [[1.0, -1.0]],
        (0.0, 0.0),
        (0.0, 0.0),
        (-0.25, 0.25),
        "a margin that is met costs nothing: as PyTorch's relu",
        [[1.0, -1.0]],
    ),
    Choice(L1Penalty(1.0), [[0.0]], (0.0,), (0.0,), (1.0,), "as PyTorch: zero stays zero"),
)


def table() -> str:
    """The choices as a table in Markdown."""
    lines = ["| part | at x = | ours | PyTorch's | JAX's | why ours |", "|---|---|---|---|---|---|"]
    for row in CHOICES:
        settings = ", ".join(f"{name} {value}" for name, value in row.part.settings.items())
        part = f"`{row.part.kind}`" + (f", {settings}" if settings else "")
        numbers = (_text(n) for n in (_flat(row.x), row.ours, row.torch, row.jax))
        lines.append("| " + " | ".join([part, *numbers, row.why]) + " |")
    return "\n".join(lines)


def _flat(numbers: Any) -> Numbers:
    if isinstance(numbers, list):
        return tuple(number for part in numbers for number in _flat(part))
    return (numbers,)


def _text(numbers: Numbers) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
