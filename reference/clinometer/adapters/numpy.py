"""NumPy functions with a backward pass by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from clinometer import trees
from clinometer.adapters.code import OUT, Code
from clinometer.adapters.memory import Remembering
from clinometer.adapters.objective import Objective
from clinometer.arrays import CarrierArray, is_narrow
from clinometer.balls import Ball, BallArray, Undecided
from clinometer.implementation import Leaves
from clinometer.problem import Arrays, Conductor, Function, Gradient, Watcher
from clinometer.rounding import LARGE, StochasticArray


def is_trained(leaf: Any) -> bool:
    """True for arrays of real or complex floating-point numbers."""
    return isinstance(leaf, (np.ndarray, np.generic)) and (
        leaf.dtype.kind in "fc" or is_narrow(leaf)
    )


@dataclass(frozen=True, eq=False)
class NumpyCode:
    """A function of NumPy arrays, and its pullback."""

    code: Code
    library: Literal["numpy"] = "numpy"
    conjugate = 1

    def native(self, array: Any) -> Any:
        """A copy."""
        return np.array(array)

    def plain(self, native: Any) -> Any:
        """The array itself."""
        return np.asarray(native)

    def like(self, point: Any, array: Any) -> Any:
        """In the dtype and the class of the point, so that rounding is traced."""
        return point.like(array) if isinstance(point, CarrierArray) else array.astype(point.dtype)

    def cast(self, point: Any, array: Any) -> Any:
        """In the dtype of the point."""
        return array if isinstance(point, BallArray) else np.asanyarray(array).astype(point.dtype)

    def outputs(self, leaves: Leaves) -> dict[str, Any]:
        """The floating-point outputs by name."""
        return self.run(leaves).outputs

    def run(self, leaves: Leaves) -> NumpyRun:
        """One call of the function."""
        return NumpyRun(self.code, self.code.placed(leaves))

    def scalar(self, objective: Objective, arguments: Arrays) -> tuple[Function, Gradient]:
        """The objective and its gradient, each generic in the number type if it can be."""
        hidden = Hidden(objective.value), self.gradient(objective)
        if sum(array.size for array in arguments.values()) > LARGE:
            return hidden
        point = {name: BallArray.carry(array) for name, array in arguments.items()}
        if not _runs(lambda: _all_balls(self.outputs(objective.leaves(point)))):
            return hidden
        transparent = _runs(lambda: bool(objective.gradient(point)))
        return objective.value, objective.gradient if transparent else hidden[1]

    def gradient(self, objective: Objective) -> Hidden:
        """The gradient by hand, in floats."""
        return Hidden(objective.gradient)

    def hidden(self, code: Function) -> Hidden:
        """The function with the errors of its own arithmetic."""
        return Hidden(code)

    def watched(self, function: Function, watcher: Watcher) -> Function:
        """The function on arrays whose ufuncs the watcher sees."""
        kind: type[WatchedArray]
        kind = type("Watched", (WatchedArray,), {"watcher": staticmethod(watcher)})
        return lambda point: function({name: kind.carry(array) for name, array in point.items()})

    def conducted(self, function: Function, conductor: Conductor) -> Function:
        """The function on arrays whose ufuncs are run by a conductor."""
        kind: type[ConductedArray]
        kind = type("Conducted", (ConductedArray,), {"conductor": staticmethod(conductor)})
        return lambda point: function({name: kind.carry(array) for name, array in point.items()})

    def differentiated(self, value: Function, point: Arrays) -> Mapping[str, Any]:
        """There is none."""
        raise NotImplementedError("NumPy differentiates nothing")


class WatchedArray(CarrierArray):
    """Numbers whose ufuncs a watcher sees."""

    watcher: Watcher

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        result = super().compute(ufunc, method, inputs, kwargs)
        if not is_trained(result):
            return result
        return np.asarray(self.watcher([x for x in inputs if is_trained(x)], result))


def _holds_balls(x: Any) -> bool:
    return type(x) is np.ndarray and x.dtype == object and any(type(b) is Ball for b in x.flat)


class ConductedArray(CarrierArray):
    """Numbers whose ufuncs are run by a conductor."""

    conductor: Conductor

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        def operate(arrays: Sequence[Any]) -> list[Any]:
            given = iter(arrays)
            filled = [next(given) if is_trained(x) else x for x in inputs]
            result = super(ConductedArray, self).compute(ufunc, method, filled, kwargs)
            return list(result) if isinstance(result, tuple) else [result]

        results = self.conductor(operate, [x for x in inputs if is_trained(x)])
        return tuple(results) if len(results) > 1 else results[0]


def _all_balls(outputs: Leaves) -> bool:
    return all(isinstance(out, (Ball, BallArray)) for out in outputs.values())


def _runs(code: Callable[[], bool]) -> bool:
    """Whether code on balls does what it should, or stops only at a decision of theirs."""
    try:
        return code()
    except Undecided:
        return True
    except Exception:  # whatever it is, the code does not take balls
        return False


@dataclass(frozen=True, eq=False)
class Floats:
    """Code on plain arrays."""

    code: Callable[[Arrays], Any]

    def __call__(self, arguments: Arrays) -> Any:
        return self.code({name: np.asarray(array) for name, array in arguments.items()})


class Hidden(Remembering, Floats):
    """Code that turns the numbers it is given into floats of its own.

    Its arithmetic shows only in part, and so its arguments err at random as well.
    """

    widest = "float64"

    def stochastic(self, arguments: Arrays, random: np.random.Generator) -> Any:
        """With a random error in every argument, and in every operation that shows."""
        kind: type[StochasticArray] = type("Seeded", (StochasticArray,), {"random": random})
        moved = {name: kind.carry(array) * 1 for name, array in arguments.items()}
        try:
            return self.code(moved)
        except Exception:  # whatever it is, the code takes NumPy's own arrays alone
            return Floats(self.code)(moved)  # not to be remembered


class NumpyRun:
    """What the function returned, and the arguments that belong to it."""

    def __init__(self, code: Code, arguments: tuple[Any, ...]) -> None:
        self.code, self.arguments = code, arguments
        self.returned = code.function(*arguments)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Those that are floating-point numbers; a Python number is an array of no axes.

        Balls that were put into an array one by one, as `np.stack` does, are an array of balls.
        """
        leaves = trees.leaves(self.returned, OUT)
        arrays = {n: np.asarray(x) if isinstance(x, float | complex) else x for n, x in leaves}
        arrays |= {n: BallArray.carry(x) for n, x in arrays.items() if _holds_balls(x)}
        return {
            n: x for n, x in arrays.items() if is_trained(x) or isinstance(x, (Ball, BallArray))
        }

    def pull(self, cotangents: Leaves) -> Mapping[str, Any]:
        """The gradients by hand. A Python number becomes one of the leaf's dtype."""
        return self.code.pulled(self.arguments, self.returned, cotangents)


implementation = NumpyCode
