"""Arrays of unusual numbers that pass through plain NumPy code unharmed, and exact numbers."""

from __future__ import annotations

from typing import Any, Self

import ml_dtypes
import numpy as np
from numpy.typing import NDArray


class CarrierArray(np.ndarray[Any, np.dtype[Any]]):
    """An array subclass that stays itself through NumPy's functions and ufuncs.

    Subclasses say what a ufunc does to the plain arrays inside; all else is NumPy's.
    """

    #: The kinds of dtype that are numbers of this sort; others, such as bool, stay plain.
    #: `V` is how NumPy files bfloat16, a type that another package brings.
    KINDS = "fcV"

    @classmethod
    def carry(cls, array: Any) -> Self:
        """The array as one of this class."""
        return np.asarray(array).view(cls)

    def like(self, array: Any) -> Self:
        """A plain array as one of this class and of this array's dtype."""
        return self.carry(array.astype(self.dtype))

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """The result of the ufunc on plain arrays, as a plain array."""
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        plain = [x.view(np.ndarray) if isinstance(x, CarrierArray) else x for x in inputs]
        if method == "at":
            return self._compute_at(ufunc, *plain)
        result = self.compute(ufunc, method, plain, kwargs)
        if out is not None:
            out[0].view(np.ndarray)[...] = result
            return out[0]
        return self._wrap(result)

    def _compute_at(self, ufunc: np.ufunc, array: Any, index: Any, *operands: Any) -> None:
        """In place; where a place is named several times, by one operation after the other."""
        places = np.arange(array.size).reshape(array.shape)[index]
        columns = [np.broadcast_to(x, places.shape).reshape(-1) for x in operands]
        places = places.reshape(-1)
        for turn in _turns(places):
            numbers = [array.flat[places[turn]], *(column[turn] for column in columns)]
            result = self.carry(self.compute(ufunc, "__call__", numbers, {}))
            array.flat[places[turn]] = result.astype(array.dtype)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self._wrap(super().__array_function__(func, types, args, kwargs))

    def _wrap(self, result: Any) -> Any:
        if isinstance(result, (np.ndarray, np.generic)):
            return self.carry(result) if result.dtype.kind in self.KINDS else result
        if isinstance(result, (tuple, list)):
            return type(result)(self._wrap(item) for item in result)
        return result


def _turns(places: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The indices of places in turns: of those that are equal, one in each turn."""
    order = np.argsort(places, kind="stable")
    turn = np.arange(places.size) - np.searchsorted(places[order], places[order])
    by_turn = order[np.argsort(turn, kind="stable")]
    return np.split(by_turn, np.cumsum(np.bincount(turn))[:-1])


def is_narrow(array: Any) -> bool:
    """True for floating-point numbers of 16 bits."""
    return getattr(array, "dtype", None) in (np.float16, ml_dtypes.bfloat16)


def exact_in(dtype: str, array: Any) -> NDArray[np.float64]:
    """The array rounded to numbers that the dtype holds, as float64.

    float64 gets numbers of 24 bits as float32 does, so that both look at the same point.
    """
    if dtype != "float64":
        return np.asarray(array, dtype=np.float32).astype(dtype).astype(np.float64)
    return rounded(array, 24)


def rounded(array: Any, bits: int) -> NDArray[np.float64]:
    """The array rounded to significands of so many bits."""
    significand, exponent = np.frexp(np.asarray(array, dtype=np.float64))
    return np.asarray(np.ldexp(np.rint(significand * 2.0**bits), exponent - bits))
