"""Faults that are put into a right backward pass, the same in every library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

RIGHT = "right"
SIZES = ("1e-2", "1e-4", "1e-6")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a backward pass, if anything.

    Attributes:
        factor: of all gradients.
        element: by which the middle element of the largest array's gradient is multiplied.
        ignores: whether its cotangent counts as one.
        stale: whether it looks at the arguments of the latest forward pass of all.
    """

    factor: float = 1.0
    element: float = 1.0
    ignores: bool = False
    stale: bool = False

    def change(self, xp: Any, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients with what is wrong with them."""
        if self.factor != 1:
            gradients = tuple(self.factor * gradient for gradient in gradients)
        if self.element == 1:
            return gradients
        number = max(range(len(gradients)), key=lambda n: np.prod(gradients[n].shape))
        factors = np.ones(gradients[number].shape)
        factors.flat[factors.size // 2] = self.element
        spoilt = gradients[number] * xp.asarray(factors, dtype=gradients[number].dtype)
        return (*gradients[:number], spoilt, *gradients[number + 1 :])


#: By what is said of them; the first one is none.
FAULTS: Mapping[str, Fault] = {
    RIGHT: Fault(),
    **{f"all {size}": Fault(factor=1 + float(size)) for size in SIZES},
    **{f"one {size}": Fault(element=1 + float(size)) for size in SIZES},
    "sign": Fault(factor=-1.0),
    "cotangent ignored": Fault(ignores=True),
    "stale input": Fault(stale=True),
}
