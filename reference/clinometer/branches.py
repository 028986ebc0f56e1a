"""Which way a function goes: a record of every decision that it takes on its numbers.

Between two points where all decisions are the same, the function has no kink on the way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clinometer.arrays import CarrierArray
from clinometer.problem import Arrays, Function

#: The result is the decision.
DECIDING = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.sign, np.floor, np.ceil, np.trunc, np.rint,
}  # fmt: skip
#: The decision is which of the inputs became the result.
CHOOSING = {np.maximum, np.minimum, np.fmax, np.fmin}


class BranchArray(CarrierArray):
    """Numbers that keep a record of what is decided on them."""

    taken: list[int]

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        result = getattr(ufunc, method)(*inputs, **kwargs)
        if ufunc in DECIDING:
            self._record(result)
        elif ufunc in CHOOSING and method == "reduce":
            kept = ufunc.reduce(inputs[0], axis=kwargs.get("axis", 0), keepdims=True)
            self._record(inputs[0] == kept)
        elif ufunc in CHOOSING:
            self._record(inputs[0] == result)
        elif ufunc in {np.absolute, np.fabs}:
            self._record(inputs[0] > 0)
        return result

    def _record(self, decision: Any) -> None:
        self.taken.append(hash(np.asarray(decision).tobytes()))


def trace(function: Function, arguments: Arrays) -> tuple[float, list[int] | None]:
    """The function's value and its decisions; None for a function that hides its arithmetic.

    That is one which turns the arrays it is given into plain ones.
    """
    taken: list[int] = []
    kind: type[BranchArray] = type("TracedBranchArray", (BranchArray,), {"taken": taken})
    value = function({name: kind.carry(array) for name, array in arguments.items()})
    return float(value), taken if isinstance(value, BranchArray) else None
